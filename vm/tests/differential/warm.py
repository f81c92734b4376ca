"""Runs the commands of an oracle that is written in Python: one interpreter for all runs, with the oracle's modules
imported, and a fork of it for each. (An interpreter for each run takes ten times as long as most programs do.)

Each line of the input is a command of the folder, where its output goes, where its errors go, and its arguments, separated
by tabs; the answer is a line with its exit status.
"""
import os
import sys


def run(code, path, out, errors, arguments):
    places = ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, errors, os.O_WRONLY))
    for number, file, flags in places:
        made = os.O_CREAT | os.O_TRUNC if number else 0
        os.dup2(os.open(file, flags | made, 0o600), number)
    sys.argv = [path, *arguments]
    try:
        exec(code, {"__name__": "__main__", "__file__": path})
    except SystemExit as ends:
        return ends.code or 0
    sys.stdout.flush()
    return 0


def main():
    folder = sys.argv[1]
    sys.path.insert(0, folder)
    for name in sorted(os.listdir(folder)):
        if name.endswith(".py"):
            __import__(name[:-3])
    commands = {}
    for line in sys.stdin:
        command, out, errors, *arguments = line.rstrip("\n").split("\t")
        path = os.path.join(folder, command)
        if command not in commands:
            with open(path, encoding="utf-8") as file:
                commands[command] = compile(file.read(), path, "exec")
        child = os.fork()
        if child == 0:
            os._exit(run(commands[command], path, out, errors, arguments))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


main()
