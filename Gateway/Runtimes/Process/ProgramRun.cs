using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Gateway.Model;

namespace Gateway.Runtimes.Process;

/// <summary>One run of an instance's program, from the launcher's start to the end of both. It may wait before the program is executed.</summary>
internal sealed class ProgramRun : IDisposable
{
    private readonly System.Diagnostics.Process _process;

    /// <param name="start">What <see cref="ProcessStart"/> has described.</param>
    /// <param name="ended">Is called when it has ended.</param>
    public ProgramRun(ProcessStartInfo start, Action<ProgramRun> ended)
    {
        _process = new System.Diagnostics.Process { StartInfo = start, EnableRaisingEvents = true };
        _process.Exited += (_, _) => ended(this);
    }

    /// <summary>Gets the launcher's process, whose number is also the process group's and the session's.</summary>
    public int Id { get; private set; }

    /// <summary>Gets the exit code, which is a shell's, once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Starts the launcher.</summary>
    /// <param name="waits">Whether it was described to wait for <see cref="TryLetThrough"/>.</param>
    /// <param name="lines">What the program writes goes there.</param>
    /// <exception cref="Win32Exception">The system could not start a process.</exception>
    public void Begin(bool waits, ProgramLines lines)
    {
        _process.Start();
        Id = _process.Id;
        lines.Add(_process.StandardOutput, OutputLine.Output);
        lines.Add(_process.StandardError, OutputLine.Error);
        if (!waits)
        {
            _process.StandardInput.Close();
        }
    }

    /// <summary>Has a launcher that waits execute the program. Returns false if it waits no more.</summary>
    /// <param name="port">The program's port, which is not chosen before it is needed: nobody keeps it free for a program that does not run.</param>
    public bool TryLetThrough(int port)
    {
        try
        {
            // One line NAME=VALUE is the word (launch.c). After it the program's input is at its end, as it is without a wait.
            _process.StandardInput.Write(string.Create(CultureInfo.InvariantCulture, $"{ProcessStart.PortVariable}={port}\n"));
            _process.StandardInput.Flush();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
        finally
        {
            GiveUp();
        }
    }

    /// <summary>Ends the input, at which a launcher that still waits ends too.</summary>
    public void GiveUp()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended, and what was written last has nobody to read it.
        }
    }

    public void Dispose() => _process.Dispose();
}
