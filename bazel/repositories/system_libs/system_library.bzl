"""A library of the system, known to the linker by name."""

def system_library(name, libs = [], as_needed = True, **kwargs):
    """Declares what to link for a system library.

    Args:
      name: the target's name.
      libs: names as the linker takes them after -l, dependents first.
      as_needed: whether a library that no symbol needs is left out.
      **kwargs: passed on to cc_library.
    """
    linkopts = ["-l" + lib for lib in libs]
    if linkopts:
        mode = "--as-needed" if as_needed else "--no-as-needed"
        linkopts = ["-Wl,--push-state," + mode] + linkopts + ["-Wl,--pop-state"]
    native.cc_library(name = name, linkopts = linkopts, **kwargs)
