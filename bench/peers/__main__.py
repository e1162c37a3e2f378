"""`python -m bench.peers NAME PORT` serves one of the Python peers on DATABASE_URL."""

import gc
import os
import sys
from importlib import import_module

import uvicorn

from bench.peers import asgi

if __name__ == "__main__":
    name, port = sys.argv[1:]
    peer = import_module(f"bench.peers.{name.removesuffix('_tuned')}")
    database_url = os.environ["DATABASE_URL"]
    if hasattr(peer, "open_answers"):
        application = asgi.application(database_url, peer.open_answers)
    else:
        application = peer.application(database_url)
    if name != "naive":
        # Common tuning of the garbage collector for servers.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
    uvicorn.run(application, port=int(port), log_level="warning", access_log=False)
