"""The same runner in a container of podman or docker, for machines whose kernel cannot confine a process by itself.

No network, a read-only file system, no capabilities, another user, limits on memory and processes; of the host it sees a
copy of the submission and nothing else. A container takes about half a second to start, the fork server a millisecond.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from autograder.sandbox.confine import ConfinementUnavailable
from autograder.sandbox.limits import Limits
from autograder.sandbox.proxy import SandboxBroken

IMAGE = "deep-learning-by-hand-runner"
ENGINES = ("podman", "docker")
INSIDE = "/submission"  # where the copy of the submission is seen in the container
NOBODY = "65534:65534"
BASE_MEMORY = 512 * 2**20  # the interpreter and NumPy, beside what a submission may use
ENGINE_FAILED = (125, 126, 127)  # exit statuses by which an engine says that it, not the program, failed


class ContainerChild:
    """One container and the socket to the runner in it."""

    START_SECONDS = 60.0  # on a busy machine; the student's clock does not run meanwhile

    def __init__(self, engine: str, module: Path, readable: Sequence[Path], limits: Limits) -> None:
        self._engine = engine
        self._name = f"autograder-{uuid.uuid4().hex}"
        self._folder = tempfile.TemporaryDirectory(prefix="autograder-")
        self._copy(module, readable)
        self.sealed = False  # from then on, what ends it is the student's doing
        self.sock, theirs = socket.socketpair()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the container
        runner = ["python3", "-I", "-m", "autograder.sandbox.runner", json.dumps(asdict(limits))]
        self._process = subprocess.Popen(
            [engine, "run", *self._options(limits), IMAGE, *runner],
            stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=self._errors,
        )  # fmt: skip
        theirs.close()

    def _options(self, limits: Limits) -> list[str]:
        memory = str(limits.memory_bytes + BASE_MEMORY)
        # podman keeps /tmp and the like writable unless it is told not to; docker does not know the option.
        nowhere = ["--read-only-tmpfs=false"] if self._engine == "podman" else []
        return [
            *nowhere,
            "--name", self._name, "--rm", "--interactive", "--pull", "never", "--network", "none", "--read-only",
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", NOBODY, "--pids-limit", "16",
            "--memory", memory, "--memory-swap", memory, "--ulimit", f"nofile={limits.descriptors}:{limits.descriptors}",
            "--ulimit", "core=0:0", "--ulimit", "nproc=32:32", "--env", "OPENBLAS_NUM_THREADS=1",
            "--volume", f"{self._folder.name}:{INSIDE}:ro",
        ]  # fmt: skip

    def _copy(self, module: Path, readable: Sequence[Path]) -> None:
        """The module, and the Python files and packages that it may read."""
        folder = Path(self._folder.name)
        copies = {folder / module.name: module}
        for place in readable:
            for inside, _, names in os.walk(place):
                beside = (Path(inside) / name for name in names if name.endswith(".py"))
                copies |= {folder / path.relative_to(place): path for path in beside}
        for copy, path in copies.items():
            if path.is_file() and not path.is_symlink():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy).chmod(0o644)
        for inside, _, _ in os.walk(folder):
            os.chmod(inside, 0o755)

    def path_of(self, module: Path) -> str:
        """Where the runner finds the module."""
        return f"{INSIDE}/{module.name}"

    def status(self) -> int:
        """Make sure that it has ended; its wait status.

        Raises:
            SandboxBroken: the engine failed, not the program.
        """
        self.sock.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)  # it closed its end, so it is ending
        self.end()
        code = self._process.wait()
        if code in ENGINE_FAILED and not self.sealed:
            self._errors.seek(0)
            said = self._errors.read().decode(errors="replace").strip().splitlines()
            raise SandboxBroken(f"{self._engine} could not run the container: {said[-1] if said else 'no reason'}")
        return code - 128 if code > 128 else code << 8

    def end(self) -> None:
        """Remove the container, running or not."""
        self.sock.close()
        if self._process.poll() is None:
            subprocess.run([self._engine, "kill", self._name], capture_output=True, check=False)
        self._process.wait()
        self._folder.cleanup()


class Containers:
    """Starts a container for each submission; stands where `ForkServer` stands.

    Raises:
        ConfinementUnavailable: neither podman nor docker is here, or the runner's image is not built.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        engine = next((each for each in ENGINES if shutil.which(each)), None)
        if engine is None:
            raise ConfinementUnavailable("--isolation container needs podman or docker: neither is installed")
        found = subprocess.run([engine, "image", "inspect", IMAGE], capture_output=True, check=False)
        if found.returncode != 0:
            raise ConfinementUnavailable(
                f"{engine} has no image {IMAGE}: build it in the course's folder with `{engine} build --tag {IMAGE} .`"
            )
        self._engine = engine

    def child(self, module: Path, readable: Sequence[Path]) -> ContainerChild:
        """A container with a copy of the submission."""
        return ContainerChild(self._engine, module, readable, self.limits)

    def close(self) -> None:
        """Nothing stays behind: each container is removed with its submission."""
