#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A real Slurm of one machine, four nodes: an array of eight tasks by `nnft submit`, one task requeued, the program of
# another killed, one node drained; the merged tables must be those of one run, byte for byte. A task whose program never comes further ends, and the merge says
# what is missing. Needs root (munge, slurmctld and slurmd from Debian are installed if they are missing) and leaves nothing running.
#
#     Tests/Slurm/slurm.sh [PROGRAM]
set -u
nnft=$(realpath "${1:-.build/release/nnft}")
work=$(mktemp -d "${TMPDIR:-/var/tmp}/nnft-slurm-XXXXXX")
log() { echo "$(date +%T) $*"; }
fail() { log "FAILED: $*"; tail -n 20 "$work"/*.log 2>/dev/null; exit 1; }

if ! command -v slurmctld slurmd munged sbatch > /dev/null; then
  log "installing slurmctld, slurmd, munge"
  printf '#!/bin/sh\nexit 101\n' > "$work/policy-rc.d"
  # No package may start a service of its own.
  [ -e /usr/sbin/policy-rc.d ] || { install -m 755 "$work/policy-rc.d" /usr/sbin/policy-rc.d; trap 'rm -f /usr/sbin/policy-rc.d' EXIT; }
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge > "$work/apt.log" 2>&1 || fail "apt-get"
  [ -n "$(trap -p EXIT)" ] && rm -f /usr/sbin/policy-rc.d
fi

host=$(hostname -s)
mkdir -p "$work"/{state,spool,run}
dd if=/dev/urandom of="$work/munge.key" bs=1024 count=1 2> /dev/null
chmod 400 "$work/munge.key"
chmod 755 "$work"
cat > "$work/slurm.conf" <<CONF
ClusterName=nnft
SlurmctldHost=$host(127.0.0.1)
AuthType=auth/munge
AuthInfo=socket=$work/run/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
SlurmctldPort=17817
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool/%n
SlurmctldPidFile=$work/run/slurmctld.pid
SlurmdPidFile=$work/run/slurmd-%n.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,batch_sched_delay=0
ReturnToService=2
MinJobAge=3600
KillWait=5
JobRequeue=1
SlurmctldDebug=info
NodeName=n[1-4] NodeHostname=$host NodeAddr=127.0.0.1 Port=[17821-17824] CPUs=1 State=UNKNOWN
PartitionName=all Nodes=n[1-4] Default=YES MaxTime=10 DefaultTime=5 State=UP
CONF
export SLURM_CONF="$work/slurm.conf"

pids=()
stop() { for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null; done; sleep 1; for pid in "${pids[@]}"; do kill -9 "$pid" 2> /dev/null; done; }
trap stop EXIT
munged -F --force --key-file="$work/munge.key" --socket="$work/run/munge.socket" --pid-file="$work/run/munged.pid" --log-file="$work/munged.log" \
  --seed-file="$work/munged.seed" > "$work/munged.out" 2>&1 &
pids+=($!)
sleep 1
slurmctld -D > "$work/slurmctld.out" 2>&1 &
pids+=($!)
for n in 1 2 3 4; do
  mkdir -p "$work/spool/n$n"
  slurmd -D -N "n$n" > "$work/slurmd-$n.out" 2>&1 &
  pids+=($!)
done
for _ in $(seq 30); do [ "$(sinfo -h -t idle -o %D 2> /dev/null)" = 4 ] && break; sleep 1; done
sinfo -N -l || fail "no Slurm"
[ "$(sinfo -h -t idle -o %D)" = 4 ] || fail "the nodes are not idle"

cd "$work" || exit 1
line=(phi4-2d-strong --draws "${DRAWS:-400000}" --set 'sampler.kind="chains"')
log "one run left alone"
for ending in h5 tsv; do "$nnft" correlate "${line[@]}" --threads 2 --quiet -o whole.$ending || fail "the run"; done
log "an array of 8"
submitted=$("$nnft" submit "${line[@]}" --slurm --shards 8 --checkpoint-every 1s --time 5m --submit -o merged.tsv) || fail "submit"
log "$submitted"
array=${submitted#array }
array=${array%%,*}
running() { squeue -h -r -t R -o "%i %N" | grep "^${array}_"; }
for _ in $(seq 60); do [ "$(running | wc -l)" -ge 3 ] && break; sleep 0.5; done
sleep 1
log "running: $(running | tr '\n' ';')"
victim=$(running | head -1 | cut -d' ' -f1)
[ -n "$victim" ] || fail "no task is running any more; the machine is too fast for this test"
log "kill and requeue $victim"
for _ in $(seq 100); do ls ./*-"${victim#*_}"-of-8.records > /dev/null 2>&1 && break; sleep 0.1; done
scontrol requeue "$victim" || fail "requeue"
second=$(running | grep -v "^$victim " | tail -1 | cut -d' ' -f1)
log "kill -9 the program of $second"
for _ in $(seq 100); do ls ./*-"${second#*_}"-of-8.records > /dev/null 2>&1 && break; sleep 0.1; done
sleep 1.5
# The process that has its file open.
program=$(find /proc/[0-9]*/fd -lname "$work/*-${second#*_}-of-8.records" 2> /dev/null | head -1 | cut -d/ -f3)
[ -n "$program" ] && kill -9 "$program" && killed=$second || log "it had ended"
node=$(running | grep -v "^$victim " | head -1 | cut -d' ' -f2)
log "drain ${node:-n1}, and requeue what it does"
scontrol update NodeName="${node:-n1}" State=DRAIN Reason=test
for task in $(running | awk -v n="${node:-n1}" '$2 == n { print $1 }'); do scontrol requeue "$task"; done
for _ in $(seq 900); do [ -z "$(squeue -h)" ] && break; sleep 1; done
squeue -l
[ -z "$(squeue -h)" ] || fail "the queue is not empty"
sinfo -N -l
ls -l ./*.records merged.*.tsv || fail "no merged result"
for table in whole.*.tsv; do cmp "$table" "merged${table#whole}" || fail "the merged tables differ"; done
"$nnft" merge ./*.records --quiet -o merged.h5 || fail "merge"
cmp merged.h5 whole.h5 || fail "the merged HDF5 file differs"
if [ -n "${killed:-}" ]; then
  grep -h "was killed and goes on" slurm-*.out || fail "no task says that it was killed"
  scontrol show job "$killed" | grep -E "JobState|Restarts"
fi

log "a task that never comes further"
cat > hopeless <<SH
#!/bin/bash
case "\$*" in *"--shard 2/3"*) kill -9 \$\$ ;; esac
exec "$nnft" "\$@"
SH
chmod +x hopeless
scontrol update NodeName="${node:-n1}" State=RESUME
"$nnft" submit cos-net --draws 3000 --slurm --shards 3 --time 2m -o hopeless.tsv | sed 's|^nnft=.*|nnft=./hopeless|' > hopeless.sh || fail "submit"
log "$(bash hopeless.sh)"
for _ in $(seq 600); do [ -z "$(squeue -h)" ] && break; sleep 1; done
[ -z "$(squeue -h)" ] || { squeue -l; fail "the queue is not empty"; }
grep -h "2-of-3.records" slurm-*_0.out || fail "the merge does not say which shard is missing"
ls hopeless*.tsv 2> /dev/null && fail "there are tables of two shards of three"
# The control: a shard too few is no result.
rm "$(find . -name '*.records' | head -1)"
"$nnft" merge ./*.records --quiet > /dev/null 2>&1 && fail "a merge of seven shards of eight passed"
scontrol show job "$victim" | grep -E "JobState|Restarts"
log "the same bytes: $(cat merged.*.tsv | wc -c) of TSV, $(wc -c < merged.h5) of HDF5"
cd /
stop
trap - EXIT
rm -rf "$work"
