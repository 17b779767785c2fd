"""Serves MLflow's application on a socket that was opened by the parent.

It is what `mlflow server --workers 1` ends up running, without the command-line
process in between: one process to wait for and to stop, one import of MLflow,
and a port that nobody can take meanwhile.
"""

import socket
import sys

import uvicorn
from mlflow.server import _UVICORN_LOG_CONFIG

listener = socket.socket(fileno=int(sys.argv[1]))
config = uvicorn.Config(
    "mlflow.server.fastapi_app:app",
    log_config=str(_UVICORN_LOG_CONFIG),
    timeout_graceful_shutdown=2,
)
uvicorn.Server(config).run(sockets=[listener])
