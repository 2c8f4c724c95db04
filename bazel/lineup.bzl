"""The build rules of this repository: Bazel's, with the project's flags."""

_COPTS = [
    "-Wall",
    "-Wextra",
    "-Werror",
    # Aggregates leave trailing members to their default initialisers.
    "-Wno-missing-field-initializers",
    "-isystem/usr/include/eigen3",
]

# Everything is linked statically (the system's libraries apart), tests too:
# otherwise Bazel compiles each file twice, once for shared libraries.

def lineup_cc_library(name, copts = [], **kwargs):
    """cc_library with the project's warnings, which are errors."""
    native.cc_library(
        name = name,
        copts = _COPTS + copts,
        linkstatic = True,
        **kwargs
    )

def lineup_cc_binary(name, copts = [], **kwargs):
    """cc_binary with the project's warnings, which are errors."""
    native.cc_binary(name = name, copts = _COPTS + copts, **kwargs)

def lineup_cc_test(name, copts = [], size = "small", **kwargs):
    """cc_test with the project's warnings; small unless told otherwise."""
    native.cc_test(
        name = name,
        copts = _COPTS + copts,
        linkstatic = True,
        size = size,
        **kwargs
    )

def lineup_cc_benchmark(name, copts = [], deps = [], **kwargs):
    """A Google Benchmark binary: bazel run //path:name."""
    native.cc_binary(
        name = name,
        testonly = True,
        copts = _COPTS + copts,
        deps = deps + ["@system_libs//:benchmark"],
        **kwargs
    )

def lineup_fuzz_test(
        name,
        copts = [],
        corpus = [],
        deps = [],
        linkopts = [],
        size = "small",
        **kwargs):
    """A fuzz target: srcs define LLVMFuzzerTestOneInput.

    With --config=fuzz it is a libFuzzer binary. In any other build it is a
    plain test that runs the corpus and a fixed set of mutations of it.

    Args:
      name: the target's name.
      copts: further compiler flags.
      corpus: files to start from.
      deps: libraries.
      linkopts: further linker flags.
      size: of the plain test.
      **kwargs: passed on to cc_test.
    """
    native.cc_test(
        name = name,
        # libFuzzer is given its corpus by tools/fuzz.sh.
        args = select({
            "//bazel:libfuzzer": [],
            "//conditions:default": [
                "$(locations %s)" % file
                for file in corpus
            ],
        }),
        copts = _COPTS + copts,
        data = corpus,
        deps = deps + select({
            "//bazel:libfuzzer": [],
            "//conditions:default": ["//common/base:fuzz_replay_main"],
        }),
        linkopts = linkopts + select({
            "//bazel:libfuzzer": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        linkstatic = True,
        size = size,
        tags = ["fuzz"],
        **kwargs
    )

def _proto_files(label):
    """The label of the .proto files behind a lineup_proto_library."""
    if ":" not in label:
        label = label + ":" + label.split("/")[-1]
    return label + "_proto_files"

def lineup_proto_library(
        name,
        srcs,
        grpc = False,
        deps = [],
        testonly = False,
        visibility = None):
    """C++ classes, and gRPC services if asked, of Protocol Buffers files.

    Imports in the .proto files are written from the repository's root.

    Args:
      name: the cc_library to depend on.
      srcs: .proto files of this package.
      grpc: whether the files define services.
      deps: the lineup_proto_library targets whose files these import.
      testonly: whether only tests may use it.
      visibility: as usual.
    """
    native.filegroup(
        name = name + "_proto_files",
        srcs = srcs + [_proto_files(dep) for dep in deps],
        testonly = testonly,
        visibility = visibility,
    )
    endings = [".pb"] + ([".grpc.pb"] if grpc else [])
    stems = [src[:-len(".proto")] for src in srcs]
    hdrs = [stem + end + ".h" for stem in stems for end in endings]
    ccs = [stem + end + ".cc" for stem in stems for end in endings]
    command = ["/usr/bin/protoc", "--proto_path=.", "--cpp_out=$(GENDIR)"]
    if grpc:
        command += [
            "--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin",
            "--grpc_out=$(GENDIR)",
        ]
    native.genrule(
        name = name + "_protoc",
        srcs = srcs + [_proto_files(dep) for dep in deps],
        outs = hdrs + ccs,
        cmd = " ".join(command + ["$(locations %s)" % src for src in srcs]),
        testonly = testonly,
    )
    native.cc_library(
        name = name,
        srcs = ccs,
        hdrs = hdrs,
        copts = ["-w"],  # generated code
        linkstatic = True,
        testonly = testonly,
        visibility = visibility,
        deps = deps + [
            "@system_libs//:grpc++" if grpc else "@system_libs//:protobuf",
        ],
    )
