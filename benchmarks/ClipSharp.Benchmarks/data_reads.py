"""Which share of a program's reads of shards goes on where the last one of the same file ended:
strace -f -y -e trace=pread64 -o reads.txt PROGRAM; python3 data_reads.py reads.txt."""
import re
import sys

READ = re.compile(r'pread64\(\d+<([^>]*\.tar)>.*?, (\d+), (\d+)\)\s+= (\d+)')
PART = re.compile(r'^(\d+) .*pread64\(\d+<([^>]*\.tar)>(.*)<unfinished')
REST = re.compile(r'^(\d+) .*pread64 resumed>.*?, (\d+), (\d+)\)\s+= (\d+)')

waiting, ends = {}, {}
reads = on = size = size_on = 0
for line in open(sys.argv[1], errors="replace"):
    if match := READ.search(line):
        path, offset, count = match[1], int(match[3]), int(match[4])
    elif match := PART.match(line):
        waiting[match[1]] = match[2]
        continue
    elif (match := REST.match(line)) and match[1] in waiting:
        path, offset, count = waiting.pop(match[1]), int(match[3]), int(match[4])
    else:
        continue
    is_on = ends.get(path, offset) == offset
    reads, on, size, size_on = reads + 1, on + is_on, size + count, size_on + count * is_on
    ends[path] = offset + count
print(f"{reads:,} reads of {len(ends):,} files, {size:,} bytes, {size / reads:,.0f} a read; "
      f"{on / reads:.1%} of reads and {size_on / size:.1%} of bytes go on where the last read of the file ended")
