#!/bin/sh
# Builds the object that is shipped. The same compiler gives the same bytes: no path of the builder is inside.
# Usage: build.sh [output]
set -eu
cd "$(dirname "$0")"
exec "${CLANG:-clang-14}" -O2 -g -target bpf -mcpu=v3 -Wall -Werror \
  -ffile-prefix-map="$PWD"=. -fdebug-compilation-dir=. -I"/usr/include/$(uname -m)-linux-gnu" -c tags.bpf.c -o "${1:-tags.bpf.o}"
