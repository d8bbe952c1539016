"""The task runs in this process, which keeps its luck."""
# cell: process
# says: two processes, neither of them this one
# replace:
    command = [sys.executable, "-P", "-c", program()]
    settings = environment(threads)
    done = subprocess.run(command, input=json.dumps(task), env=settings, timeout=limit, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"the process failed with {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)
# by:
    names = {}
    exec(task["setup"], names)
    exec(task["function"], names)
    return time_blocks(names["step"], task["blocks"], steps_per_block(warm_up(names["step"])))
