"""Serves MLflow's application on a socket that was opened by the parent.

It is what `mlflow server --workers 1` ends up running, without the command-line
process in between: one process to wait for and to stop, one import of MLflow,
and a port that nobody can take meanwhile. A second argument names another
application, as `mlflow server --app-name` does.
"""

import socket
import sys

import uvicorn
from mlflow.server import _UVICORN_LOG_CONFIG, _find_app, _is_factory

listener = socket.socket(fileno=int(sys.argv[1]))
app, factory = "mlflow.server.fastapi_app:app", False
if len(sys.argv) > 2:
    app = _find_app(sys.argv[2])
    factory = _is_factory(app)
config = uvicorn.Config(
    app,
    factory=factory,
    log_config=str(_UVICORN_LOG_CONFIG),
    timeout_graceful_shutdown=2,
)
uvicorn.Server(config).run(sockets=[listener])
