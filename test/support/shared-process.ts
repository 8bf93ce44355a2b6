// Before every test file: files share the process of their worker, and the idle threads of many files listen to its two
// streams at the same time. Node would take that for a leak, and say so in the middle of what a test reads.
for (const stream of [process.stdout, process.stderr]) stream.setMaxListeners(0);
