using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace Gateway.Runtimes.Process;

/// <summary>
/// Runs one small shell that outlives the gateway by a moment. It waits for the end of its input, which comes when the gateway
/// is gone for whatever reason, and kills what the gateway's functions left running.
/// </summary>
/// <remarks>
/// PR_SET_PDEATHSIG would reach only direct children, and fires when the forking thread ends, which in .NET may be any
/// thread of the pool.
/// </remarks>
internal sealed class ProcessGuard : IDisposable
{
    // $1 is the cgroup of all instances, or empty; what follows are directories of v1 with the same instances. The input has lines of "+pgid" and "-pgid".
    private const string Script = """
        trap '' INT TERM HUP QUIT
        groups=' '
        while read -r line; do
            case $line in
                +*) groups="$groups${line#+} " ;;
                -*) id=${line#-}; groups="${groups%% $id *} ${groups#* $id }" ;;
            esac
        done
        for id in $groups; do kill -s KILL -- "-$id" 2>/dev/null; done
        [ -n "$1" ] && [ -d "$1" ] || exit 0
        echo 1 >"$1/cgroup.kill"
        for try in 1 2 3 4 5 6 7 8 9 10; do
            for group; do rmdir "$group"/*/ "$group"; done 2>/dev/null
            [ -d "$1" ] || exit 0
            sleep 0.1
        done
        """;

    private readonly Lock _gate = new();
    private readonly System.Diagnostics.Process _shell;
    private volatile bool _isLeft;

    /// <summary>Starts the shell, for the cgroup of all instances or for process groups if that is null.</summary>
    /// <param name="others">Directories of cgroup v1 that are removed with it.</param>
    public ProcessGuard(string? cgroup, IReadOnlyList<string> others)
    {
        _shell = new System.Diagnostics.Process
        {
            StartInfo = new ProcessStartInfo("setsid", ["/bin/sh", "-c", Script, "headstart-guard", cgroup ?? "", .. others])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardError = true,
            },
        };
        _shell.StartInfo.Environment.Clear();
        _shell.StartInfo.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        _shell.Start();
    }

    /// <summary>Has a process group killed when the gateway is gone.</summary>
    public void Add(int processGroup) => Tell($"+{processGroup}");

    /// <summary>Forgets a process group.</summary>
    public void Remove(int processGroup) => Tell($"-{processGroup}");

    /// <summary>Gets the writing end of its input. While anybody holds a copy, it waits.</summary>
    public SafeHandle Input => ((PipeStream)_shell.StandardInput.BaseStream).SafePipeHandle;

    /// <summary>Leaves it to the next gateway, which holds a copy of its input.</summary>
    public void Leave() => _isLeft = true;

    public void Dispose()
    {
        if (_isLeft)
        {
            return;
        }

        _shell.StandardInput.Close();
        _shell.WaitForExit(TimeSpan.FromSeconds(5));
        _shell.Dispose();
    }

    private void Tell(string line)
    {
        lock (_gate)
        {
            _shell.StandardInput.WriteLine(line);
            _shell.StandardInput.Flush();
        }
    }
}
