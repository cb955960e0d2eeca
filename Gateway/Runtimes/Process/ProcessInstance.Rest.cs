using Gateway.Model;

namespace Gateway.Runtimes.Process;

/// <summary>Brings the instance to rest between running and stopped.</summary>
internal sealed partial class ProcessInstance
{
    public async Task RestAsync(Tier tier, CancellationToken cancellationToken)
    {
        if (tier is not (Tier.Paused or Tier.PagedOut or Tier.Initialized))
        {
            throw new ArgumentOutOfRangeException(nameof(tier), tier, "Not a tier to rest in here.");
        }

        if (tier == Tier.Initialized)
        {
            await BeginInitializeAsync();
            return;
        }

        lock (_gate)
        {
            ThrowIfOver();
        }

        if (!_tier.IsFrozen())
        {
            await Freezer.FreezeAsync(Pid, _directory, _time, cancellationToken);
            _tier = Tier.Paused;
        }

        if (tier == Tier.PagedOut && await _pager.TryPushAsync(CgroupPaths))
        {
            _tier = Tier.PagedOut;
        }
    }

    public void Hurry() => InterruptRest();

    public void InterruptRest() => _pager.Interrupt();
}
