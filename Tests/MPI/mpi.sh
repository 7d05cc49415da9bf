#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs over ranks of Open MPI on this machine: the bytes of one process for 1, 2 and 5 ranks and for threads x ranks, in every command that shares its work;
# a rank that is killed leaves a file from which the run goes on, on another number of ranks; faults are told once.
#
#     Tests/MPI/mpi.sh PROGRAM     a program built with the trait MPI
set -u
nnft=$(realpath "$1")
work=$(mktemp -d "${TMPDIR:-/var/tmp}/nnft-mpi-XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
log() { echo "$(date +%T) $*"; }
fail() { log "FAILED: $*"; exit 1; }
# mpirun would read the lines below.
ranks() { mpirun --allow-run-as-root --oversubscribe --bind-to none -np "$@" < /dev/null; }

"$nnft" sample cos-net --draws 5000 --fields-only -o fields.npz --quiet || fail "sample"
n=0
while read -r line; do
  n=$((n + 1))
  eval "\"$nnft\" $line --threads 1 --quiet" > "whole$n" || fail "$line"
  for way in "1 2" "2 1" "2 3" "5 1" "5 2"; do
    read -r count threads <<< "$way"
    eval "ranks $count \"$nnft\" $line --threads $threads --quiet" > shared 2> errors || { cat errors; fail "$count ranks: $line"; }
    cmp shared "whole$n" || fail "$count ranks of $threads threads differ: $line"
  done
  log "1, 2, 5 ranks, the same $(wc -c < "whole$n") bytes: $line"
done <<'LINES'
correlate cos-net --draws 20000
correlate cos-net --neuron-space --draws 20000
correlate phi4-2d-strong --draws 16000 --set sampler.kind=chains
correlate phi4-1d --draws 20000 --set sampler.kind=reweighting
correlate scalar-net-phi4 --draws 3200 --set sampler.kind=tempering --set sampler.chains=16
correlate scalar-net-phi4 --draws 3200
correlate cos-net --estimators two-point --draws 500 --until-error 0.02
study cos-net --widths 5,10 --draws 5000
measure fields.npz
LINES
eval "\"$nnft\" correlate cos-net --draws 20000 --seed 2 --threads 1 --quiet" > other
cmp -s other whole1 && fail "the control: two seeds give the same bytes"

log "a rank is killed"
line=(correlate phi4-2d-strong --draws 400000 --set 'sampler.kind="chains"' --quiet --threads 1)
"$nnft" "${line[@]}" > whole || fail "the run"
ranks 3 "$nnft" "${line[@]}" --checkpoint run.records --checkpoint-every 1s --resume > out 2> errors &
job=$!
run=$job
for _ in $(seq 200); do [ "$(stat -c %s run.records 2> /dev/null || echo 0)" -gt 20000 ] && break; sleep 0.05; done
# The youngest child of mpirun is no root: ranks are started in their order.
[ "$(cat "/proc/$job/comm")" = mpirun ] || job=$(pgrep -P "$job" mpirun)
kill -9 "$(pgrep -P "$job" -n nnft)" || fail "no rank to kill"
wait "$run" && fail "a run of two ranks of three ended well"
ls -l run.records
ranks 2 "$nnft" "${line[@]}" --checkpoint run.records --resume > out 2> errors || { cat errors; fail "it does not go on"; }
cmp out whole || fail "the bytes differ after a killed rank"

log "an end in time"
rm run.records
ranks 2 "$nnft" "${line[@]}" --checkpoint run.records --time-limit 1s > out 2> errors
code=$?
[ $code = 4 ] || { cat errors; fail "exit code $code instead of 4"; }
[ "$(grep -c '^nnft:' errors)" = 1 ] || { cat errors; fail "not one line"; }
ranks 5 "$nnft" "${line[@]}" --checkpoint run.records --resume > out 2> errors || { cat errors; fail "it does not go on"; }
cmp out whole || fail "the bytes differ after a time limit"

log "faults"
ranks 3 "$nnft" correlate no-such-net > out 2> errors
code=$?
[ $code = 3 ] && [ "$(grep -c '^nnft:' errors)" = 1 ] || { cat errors; fail "a bad file: exit code $code"; }
ranks 3 "$nnft" list estimators > out 2> errors || fail "list"
"$nnft" list estimators | cmp - out || fail "a command of the root alone is printed more than once"
log "done"
