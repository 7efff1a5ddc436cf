"""Keeps TensorFlow out of the process: Rasa 3.6.21 imports it for parts that this assistant does not use.

346 MB and 7.6 s of start, measured. Import and `install()` before the first `import rasa`.
To delete when Rasa imports TensorFlow lazily.
"""
import importlib.abc
import importlib.machinery
import sys
import types

_ROOTS = {"tensorflow", "tensorflow_addons", "tensorflow_text", "tensorflow_hub", "tensorflow_probability", "tensorflow_estimator",
          "keras", "tensorboard", "jax", "jaxlib"}


class _Anything(type):
    """Class of classes that have every attribute, each one such a class again: enough for `class X(tf.keras.Model)`."""

    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(name)


class _Instance(metaclass=_Anything):
    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return args[0] if len(args) == 1 and callable(args[0]) else _Instance()     # works as a decorator too

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(name)


def _stand_in(name):
    return _Anything(name, (_Instance,), {})


class _Module(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _stand_in(name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in _ROOTS:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        return _Module(spec.name)

    def exec_module(self, module):
        pass


def install():
    """Put stand-ins before the real packages; does nothing the second time or once TensorFlow is loaded."""
    if "tensorflow" not in sys.modules and not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
