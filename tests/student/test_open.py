"""`autograder open`: a real JupyterLab, quiet, at the address that is said."""

import re
import socket
import subprocess
import sys
import urllib.request

import pytest

from autograder.student.lesson import _address


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def settings(folder, **values):
    """A folder of Jupyter's settings, which the command leaves to the student."""
    folder.mkdir()
    lines = [f"c.ServerApp.{name} = {value!r}" for name, value in values.items()]
    (folder / "jupyter_server_config.py").write_text("c = get_config()\n" + "\n".join(lines) + "\n")
    return {"JUPYTER_CONFIG_DIR": str(folder), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}


def test_the_address_is_said_and_nothing_else(desk, terminal, tmp_path):
    pytest.importorskip("jupyterlab")
    port = free_port()
    environment = settings(tmp_path / "jupyter", allow_root=True, open_browser=False, port=port)
    opened = terminal("autograder", "open", "neurons", **environment)
    said = opened.until("Ctrl-C in this terminal ends it", seconds=90)
    address = re.search(r"http://\S+", said)[0]
    assert f":{port}/lab/tree/exercises/01_neurons/neurons.ipynb?token=" in address
    with urllib.request.urlopen(address.replace("localhost", "127.0.0.1"), timeout=60) as page:
        assert "JupyterLab" in page.read().decode()
    assert "ServerApp" not in opened.text
    assert "ServerApp" in (desk.root / ".autograder" / "jupyter.log").read_text()
    opened.press("\x03")
    opened.until("JupyterLab has ended.", seconds=30)
    assert opened.process.wait(60) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()


SLOW = """
import socket, sys, time
print(f"http://localhost:{sys.argv[1]}/lab", flush=True)
time.sleep(2)
with socket.create_server(("localhost", int(sys.argv[1]))):
    time.sleep(60)
"""


def test_the_address_is_said_once_somebody_answers_there(tmp_path):
    """JupyterLab says it before it listens."""
    port, log = free_port(), tmp_path / "jupyter.log"
    with log.open("wb") as out, subprocess.Popen([sys.executable, "-c", SLOW, str(port)], stdout=out) as process:
        address = _address(process, log)
        socket.create_connection(("localhost", port), timeout=5).close()
        process.kill()
    assert address == f"http://localhost:{port}/lab"


def test_where_it_does_not_start_the_reason_is_shown(desk, terminal, tmp_path):
    pytest.importorskip("jupyterlab")
    environment = settings(tmp_path / "jupyter", allow_root=True, open_browser=False, ip="256.1.1.1")
    said = terminal("autograder", "open", "neurons", **environment).rest()
    assert "JupyterLab did not start." in said
    assert "jupyter.log" in said
    assert "gaierror" in said
