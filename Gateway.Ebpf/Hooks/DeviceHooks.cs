using LibBpf;
using Microsoft.Extensions.Logging;

namespace Gateway.Ebpf.Hooks;

/// <summary>
/// Keeps XDP attached to the network interfaces of one namespace while they come, go and are renamed. The kernel reports each change
/// (rtnetlink), so nothing is polled.
/// </summary>
internal sealed class DeviceHooks : IDisposable
{
    private readonly Lock _gate = new();
    private readonly XdpAttach _xdp;
    private readonly IReadOnlyList<string> _names;
    private readonly XdpAttacher _attacher;
    private readonly Action _changed;
    private readonly Dictionary<int, HookedDevice> _devices = [];
    private readonly LinkMonitor _monitor;
    private bool _disposed;

    /// <param name="xdp">How to attach; not <see cref="XdpAttach.Off"/>.</param>
    /// <param name="names">The interfaces by name; if there are none, all that are up.</param>
    /// <param name="attacher">Attaches to one interface.</param>
    /// <param name="changed">Called after a change, on the thread that follows interfaces.</param>
    /// <param name="logger">Receives failures of that thread.</param>
    /// <exception cref="BpfException">The kernel does not report changes of interfaces.</exception>
    internal DeviceHooks(XdpAttach xdp, IReadOnlyList<string> names, XdpAttacher attacher, Action changed, ILogger logger)
    {
        (_xdp, _names, _attacher, _changed) = (xdp, names, attacher, changed);
        // The monitor is made first, so that no interface appears unnoticed between the scan and the first report.
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
                var present = _devices.Values.Select(hooked => hooked.Device.Name).ToHashSet(StringComparer.Ordinal);
                return [.. _devices.Values.Select(hooked => hooked.Attached.Attachment), .. _names.Where(name => !present.Contains(name)).Select(Missing)];
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
                Detach(index);
            }
        }
    }

    private static HookAttachment Missing(string name)
    {
        var known = string.Join(", ", NetworkInterfaces.All().Select(device => device.Name));
        return new HookAttachment(name, "none", $"There is no network interface {name}; there are: {known}.");
    }

    // Reports were dropped, so everything is looked at again.
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
                Detach(gone);
            }
            foreach (var device in devices)
            {
                AttachIfConcerned(device);
                RetryXdp(device.Index);
            }
        }
    }

    private void OnLink(LinkChange link)
    {
        bool changed;
        lock (_gate)
        {
            changed = link.IsGone ? Detach(link.Index) : !IsKnown(link) && NetworkInterfaces.Find(link.Name, link.Index) is { } device && AttachIfConcerned(device);
            changed |= RetryXdp(link.Index);
        }
        if (changed)
        {
            _changed();
        }
    }

    // The start of a container causes several reports of one interface. After the first one nothing changes for XDP.
    private bool IsKnown(LinkChange link) => _devices.TryGetValue(link.Index, out var hooked) && hooked.Device.Name == link.Name;

    private bool AttachIfConcerned(NetworkDevice device)
    {
        if (_disposed || (_devices.TryGetValue(device.Index, out var hooked) && hooked.Device.Name == device.Name))
        {
            return false;
        }
        var renamed = Detach(device.Index);
        if (!XdpPlan.Concerns(_xdp, _names, device))
        {
            return renamed;
        }
        _devices[device.Index] = new HookedDevice(device, _attacher.Attach(device));
        return true;
    }

    // The kernel does not report that another XDP program was detached, so any change of any interface is a reason to try again. Other
    // refusals may end with a change of the interface itself.
    private bool RetryXdp(int changedIndex)
    {
        var changed = false;
        foreach (var (index, hooked) in _devices.ToArray())
        {
            if (!_disposed && hooked.Attached.Refusal is { } refusal && (XdpAttacher.IsBusy(refusal) || (index == changedIndex && XdpAttacher.MayPass(refusal)))
                && _attacher.RetryXdp(hooked.Device) is { } attached)
            {
                hooked.Attached.Link?.Dispose();
                _devices[index] = hooked with { Attached = attached };
                changed = true;
            }
        }
        return changed;
    }

    private bool Detach(int index)
    {
        if (!_devices.Remove(index, out var hooked))
        {
            return false;
        }
        hooked.Attached.Link?.Dispose();
        return true;
    }

    private sealed record HookedDevice(NetworkDevice Device, Attached Attached);
}
