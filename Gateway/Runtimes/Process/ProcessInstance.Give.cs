using Gateway.Model;

namespace Gateway.Runtimes.Process;

/// <summary>Gives the program to the next gateway.</summary>
internal sealed partial class ProcessInstance
{
    public Task ReadyToGive => Volatile.Read(ref _answers).Task;

    public GivenInstance? Give()
    {
        // The next gateway may wake it at once.
        _pager.Interrupt();
        lock (_gate)
        {
            // One that waits, or is about to, is not given: it ends with its gateway, and the next one makes its own.
            if (Pid == 0 || _tier == Tier.Initialized || _rest is { IsCompleted: false } || _stop is not null || _exited.Task.IsCompleted || ProcessEnds.Open(Pid) is not { } process)
            {
                return null;
            }

            _isGiven = true;
            var facts = new GivenProcess
            {
                Id = Id,
                Port = Endpoint!.Port,
                IsPortChosen = _ports is not null,
                ProcessId = Pid,
                Directory = _directory,
                Build = Build,
                IsPaused = _tier.IsFrozen(),
                Fingerprint = GivenProcess.Hash(_run.Fingerprint),
                ProcessNamespace = GivenProcess.OwnNamespace,
            };
            return GivenProcess.Pack(_function, facts, process, _lines, _site.Groups.Leave());
        }
    }
}
