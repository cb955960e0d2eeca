using Gateway.Model;

namespace Gateway.Runtimes.Process;

/// <summary>Gives the program to the next gateway.</summary>
internal sealed partial class ProcessInstance
{
    // One that waits is not given. It ends with its gateway, and the next one makes its own.
    public Task ReadyToGive => _tier == Tier.Initialized ? Task.CompletedTask : Volatile.Read(ref _answers).Task;

    public GivenInstance? Give()
    {
        lock (_gate)
        {
            if (Pid == 0 || _tier == Tier.Initialized || _stop is not null || _exited.Task.IsCompleted || ProcessEnds.Open(Pid) is not { } process)
            {
                return null;
            }

            _isGiven = true;
            var facts = new GivenProcess
            {
                Id = Id,
                Port = Endpoint.Port,
                IsPortChosen = _ports is not null,
                ProcessId = Pid,
                Directory = _directory,
                Build = Build,
                IsPaused = _tier == Tier.Paused,
                Fingerprint = GivenProcess.Hash(_run.Fingerprint),
                ProcessNamespace = GivenProcess.OwnNamespace,
            };
            return GivenProcess.Pack(_function, facts, process, _lines, _site.Groups.Leave());
        }
    }
}
