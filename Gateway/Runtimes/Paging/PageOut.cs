using System.Collections.Concurrent;
using Gateway.Configuration;
using Gateway.Model;

namespace Gateway.Runtimes.Paging;

/// <summary>
/// Says which functions of a runtime have the tier <see cref="Tier.PagedOut"/>: it needs swap, and cgroup v2's <c>memory.reclaim</c> (Linux 5.19), by which the kernel
/// pushes out the memory of one cgroup (Documentation/admin-guide/cgroup-v2.rst). Whether there is swap is looked up whenever a function is configured.
/// </summary>
/// <param name="cgroupRoot">The mount point of cgroup v2, or null if there is none.</param>
/// <param name="never">Why the runtime's functions cannot be paged out by this gateway at all, in one sentence without a full stop, or null if they may be.</param>
/// <param name="swaps">The file in which the kernel lists what it swaps to (proc_swaps(5)).</param>
internal sealed class PageOut(string? cgroupRoot, ILogger logger, string? never = null, string swaps = "/proc/swaps") : IDisposable
{
    private const string Controllers = "cgroup.controllers";

    // What is pushed out goes to the same devices, and each push keeps a thread, so there is one at a time.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly ConcurrentDictionary<string, string> _refused = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets or sets what is told when a function turns out not to have the tier.</summary>
    public IInstanceOwner? Owner { get; set; }

    /// <summary>Returns why nothing can be paged out on this machine, in one sentence without a full stop, or null if it can.</summary>
    public string? WhyNot() => Obstacle()?.Why;

    /// <summary>Says whether this machine has the tier, for a runtime with functions that may rest in it.</summary>
    /// <param name="runtime">The runtime.</param>
    /// <param name="naming">The functions that ask for the tier by its name, as a sentence has them, or null if there are none.</param>
    public Finding Examine(string runtime, string? naming)
    {
        var name = $"{runtime} swap";
        return Obstacle() is var (why, mend)
            ? Finding.Lack(naming is not null, name, why, $"the tier PagedOut: {naming} goes on without and rests one tier deeper (docs/tiers.md)", mend)
            : Finding.Ok(name, "paused functions can be paged out");
    }

    private (string Why, string Mend)? Obstacle()
    {
        const string Unified = "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line";
        try
        {
            return never is not null ? (never, "use an engine of this machine, or another tier")
                : cgroupRoot is null ? ("nothing can be paged out, because cgroup v2 is not mounted", "mount -t cgroup2 none /sys/fs/cgroup")
                : !File.ReadAllText(Path.Combine(cgroupRoot, Controllers)).Split((char[])[' ', '\n']).Contains("memory", StringComparer.Ordinal)
                    ? ("nothing can be paged out, because memory is counted by cgroup v1 here, and only v2 has memory.reclaim", Unified)
                : !File.Exists(Path.Combine(cgroupRoot, Pager.Reclaim)) ? ("nothing can be paged out, because this kernel has no memory.reclaim, which came with Linux 5.19", "boot Linux 5.19 or newer")
                : File.ReadLines(swaps).Skip(1).Any() ? null
                : ("nothing can be paged out, because this machine has no swap", "fallocate -l 2G /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ($"nothing can be paged out: {error.Message.TrimEnd('.')}", $"let the gateway read {cgroupRoot} and {swaps}");
        }
    }

    /// <summary>Returns the tiers of a function without <see cref="Tier.PagedOut"/> if its instances cannot have that.</summary>
    /// <param name="function">The function. If it asks for the tier by name, it is told why it has it not.</param>
    /// <param name="tiers">All tiers that it may have otherwise.</param>
    public FunctionTiers Judge(FunctionOptions function, FunctionTiers tiers)
    {
        var why = _refused.TryGetValue(function.Name, out var refused) ? refused : WhyNot();
        if (why is null)
        {
            _told.TryRemove(function.Name, out _);
            return tiers;
        }

        var without = tiers with { All = [.. tiers.All.Where(tier => tier != Tier.PagedOut)] };
        if (!function.Idle.NamesPagedOut)
        {
            return without;
        }

        if (!_told.TryGetValue(function.Name, out var told) || told != why)
        {
            _told[function.Name] = why;
            PagingLog.NotPagedOut(logger, function.Name, why);
        }

        return without with { Missing = without.Missing is { } missing ? $"{missing}; {why}" : why };
    }

    /// <summary>Forgets that a function was refused the tier, because it is configured anew.</summary>
    public void Forget(string function)
    {
        if (_refused.TryRemove(function, out _))
        {
            Owner?.TiersChanged(function);
        }
    }

    /// <summary>Makes what pushes out one instance of a function.</summary>
    public Pager PagerOf(string function) => new(_turn, why => Refuse(function, why));

    public void Dispose() => _turn.Dispose();

    private void Refuse(string function, string why)
    {
        if (_refused.TryAdd(function, why))
        {
            PagingLog.Refused(logger, function, why);
            _told[function] = why;
            Owner?.TiersChanged(function);
        }
    }
}
