# What a user and a developer do with this checkout. On Debian 12 each target
# first installs what is missing (tools/setup.sh).
.PHONY: help demo setup build test format lint clang asan ubsan tsan fuzz

SOURCES = git ls-files '*.h' '*.cc'

help:
	@echo 'make demo     build, and train on real data in examples/'
	@echo 'make test     build and run every test'
	@echo 'make build    build everything'
	@echo 'make setup    install the packages that are missing'
	@echo 'make asan     every test under the address sanitizer;'
	@echo '              also: make ubsan, make tsan'
	@echo 'make clang    build with clang and its check of lock annotations'
	@echo 'make fuzz     run the fuzzers, FUZZ_SECONDS (60) each'
	@echo 'make format   format the C++ code; make lint only checks'

setup:
	@tools/setup.sh

demo: setup
	@bazel build --noshow_progress //cli:lineup
	@tools/demo.sh

build: setup
	bazel build //...

test: setup
	@tools/test.sh

asan ubsan tsan: setup
	@tools/test.sh --config=$@

clang:
	@tools/setup.sh --clang
	bazel build --config=clang --keep_going //...

FUZZ_SECONDS ?= 60
fuzz:
	@tools/setup.sh --clang
	tools/fuzz.sh $(FUZZ_SECONDS)

format:
	@tools/setup.sh --clang
	$(SOURCES) | xargs clang-format-14 -i

lint:
	@tools/setup.sh --clang
	$(SOURCES) | xargs clang-format-14 --dry-run -Werror
	git ls-files '*.sh' .ci/run | xargs -n 1 bash -n
