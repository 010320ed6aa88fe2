"""A clamd with one signature: what asking costs, whatever it knows."""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

_PROGRAM = shutil.which("clamd") or "/usr/sbin/clamd"
_SIGNATURE = b"a text that no message of ours has"


class Scanner:
    """clamd on a socket of its own, until `close`."""

    def __init__(self) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="mailmax-bench-clamd-"))
        self._directory.chmod(0o755)  # the services may be another user
        self.address = str(self._directory / "clamd.sock")
        signatures = self._directory / "signatures"
        signatures.mkdir()
        (signatures / "one.ndb").write_text(f"Bench:0:*:{_SIGNATURE.hex()}\n")
        config = self._directory / "clamd.conf"
        config.write_text(
            f"LocalSocket {self.address}\nLocalSocketMode 666\n"
            f"DatabaseDirectory {signatures}\nTemporaryDirectory {self._directory}\n"
            "Foreground yes\n"
        )
        self._process = subprocess.Popen(
            [_PROGRAM, "--config-file", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._directory)

    def _wait(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with socket.socket(socket.AF_UNIX) as link:
                if not link.connect_ex(self.address):
                    return
            time.sleep(0.05)
        raise RuntimeError("clamd does not start")
