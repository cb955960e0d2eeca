using LibBpf;
using Microsoft.Extensions.Logging;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// What is attached to the network interfaces of one namespace, as they come, go and are renamed: the kernel tells of each
/// (rtnetlink), nothing is asked again and again.
/// </summary>
internal sealed class DeviceHooks : IDisposable
{
    private readonly Lock _gate = new();
    private readonly XdpAttach _xdp;
    private readonly IReadOnlyList<string> _names;
    private readonly XdpAttacher _attacher;
    private readonly Action _changed;
    private readonly Dictionary<int, Held> _devices = [];
    private readonly LinkMonitor _monitor;
    private bool _disposed;

    /// <param name="xdp">Not <see cref="XdpAttach.Off"/>.</param>
    /// <param name="names">Interfaces by name; none: all that are up.</param>
    /// <param name="attacher">Attaches to one.</param>
    /// <param name="changed">Called after a change, on the thread that hears of them.</param>
    /// <param name="logger">For the thread's failure.</param>
    /// <exception cref="BpfException">The kernel does not tell of interfaces.</exception>
    internal DeviceHooks(XdpAttach xdp, IReadOnlyList<string> names, XdpAttacher attacher, Action changed, ILogger logger)
    {
        (_xdp, _names, _attacher, _changed) = (xdp, names, attacher, changed);
        // Hearing comes first, so that no interface falls between looking and hearing.
        _monitor = new LinkMonitor(OnLink, OnLost, logger);
        try
        {
            Rescan();
        }
        catch
        {
            Dispose();
            throw;
        }
        _monitor.Start();
    }

    internal IReadOnlyList<HookAttachment> Attachments
    {
        get
        {
            lock (_gate)
            {
                var present = _devices.Values.Select(held => held.Device.Name).ToHashSet(StringComparer.Ordinal);
                return [.. _devices.Values.Select(held => held.Attached.Attachment), .. _names.Where(name => !present.Contains(name)).Select(Missing)];
            }
        }
    }

    public void Dispose()
    {
        _monitor.Dispose();
        lock (_gate)
        {
            _disposed = true;
            foreach (var index in _devices.Keys.ToArray())
            {
                Forget(index);
            }
        }
    }

    private static HookAttachment Missing(string name)
    {
        var known = string.Join(", ", NetworkInterfaces.All().Select(device => device.Name));
        return new HookAttachment(name, "none", $"There is no network interface {name}; there are: {known}.");
    }

    // Too much was told at once.
    private void OnLost()
    {
        Rescan();
        _changed();
    }

    private void Rescan()
    {
        var devices = NetworkInterfaces.All();
        lock (_gate)
        {
            foreach (var gone in _devices.Keys.Except(devices.Select(device => device.Index)).ToArray())
            {
                Forget(gone);
            }
            foreach (var device in devices)
            {
                Consider(device);
                TryAgain(device.Index);
            }
        }
    }

    private void OnLink(LinkChange link)
    {
        bool changed;
        lock (_gate)
        {
            changed = link.IsGone ? Forget(link.Index) : !IsKnown(link) && NetworkInterfaces.Find(link.Name, link.Index) is { } device && Consider(device);
            changed |= TryAgain(link.Index);
        }
        if (changed)
        {
            _changed();
        }
    }

    // A container's start is several messages for one interface; nothing of ours changes after the first.
    private bool IsKnown(LinkChange link) => _devices.TryGetValue(link.Index, out var held) && held.Device.Name == link.Name;

    private bool Consider(NetworkDevice device)
    {
        if (_disposed || (_devices.TryGetValue(device.Index, out var held) && held.Device.Name == device.Name))
        {
            return false;
        }
        var renamed = Forget(device.Index);
        if (!XdpPlan.Concerns(_xdp, _names, device))
        {
            return renamed;
        }
        _devices[device.Index] = new Held(device, _attacher.Attach(device));
        return true;
    }

    // Nobody tells when another program leaves XDP's place, so any change of links is a reason to look; what else the kernel
    // refused may pass with a change of that interface.
    private bool TryAgain(int changedIndex)
    {
        var changed = false;
        foreach (var (index, held) in _devices.ToArray())
        {
            if (!_disposed && held.Attached.Refusal is { } refusal && (XdpAttacher.IsBusy(refusal) || (index == changedIndex && XdpAttacher.MayPass(refusal)))
                && _attacher.TryAgain(held.Device) is { } attached)
            {
                held.Attached.Link?.Dispose();
                _devices[index] = held with { Attached = attached };
                changed = true;
            }
        }
        return changed;
    }

    private bool Forget(int index)
    {
        if (!_devices.Remove(index, out var held))
        {
            return false;
        }
        held.Attached.Link?.Dispose();
        return true;
    }

    private sealed record Held(NetworkDevice Device, Attached Attached);
}
