"""Your own functions of 12_pooling, for this unit to use. Nothing is to be written here."""

import importlib.util
import sys
from pathlib import Path

path = Path(__file__).resolve().parent.parent / "12_pooling" / "pooling.py"
if not path.is_file():
    raise ImportError(f"this unit uses your pooling.py, which is not at {path}: do 12_pooling first")
spec = importlib.util.spec_from_file_location(__name__, path)
assert spec is not None
assert spec.loader is not None
module = importlib.util.module_from_spec(spec)
sys.modules[__name__] = module
spec.loader.exec_module(module)
