using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Docker.DotNet.Models;
using Gateway.Configuration;

namespace Gateway.Runtimes.Engines;

/// <summary>
/// Describes a container's mounts in the engine's terms. Paths that an image declares as VOLUME, or that the configuration leaves without a source, are
/// mounted from volumes that are named after the function, the slot and the path, so that a new container finds them again.
/// </summary>
internal sealed class ContainerVolumes
{
    private const int MaxReadable = 40;

    private readonly string _gateway;
    private readonly string _function;
    private readonly IReadOnlyList<VolumeMount> _mounts;

    public ContainerVolumes(string gateway, FunctionOptions function, EngineImage image)
    {
        _gateway = gateway;
        _function = function.Name.ToLowerInvariant();
        var written = function.Container.Volumes;
        var declared = image.Volumes.Where(path => !written.Any(mount => mount.Target == path));
        _mounts = [.. written, .. declared.Select(path => new VolumeMount(VolumeKind.Own, "", path))];
    }

    /// <summary>Gets whether instances have data that no other instance may write to at the same time.</summary>
    public bool HasOwn => _mounts.Any(mount => mount.Kind == VolumeKind.Own);

    /// <summary>Gets whether a container has data that outlives it.</summary>
    public bool Keeps => _mounts.Any(mount => mount.Kind != VolumeKind.Tmpfs && !mount.IsReadOnly);

    /// <summary>Returns the volumes of a slot that have to exist before the container is made, since the engine would make them without our labels.</summary>
    public IEnumerable<VolumesCreateParameters> Own(int slot) => _mounts.Where(mount => mount.Kind == VolumeKind.Own).Select(mount => new VolumesCreateParameters
    {
        Name = NameOf(mount.Target, slot),
        Labels = ContainerLabels.OfVolume(_gateway, _function, slot, mount.Target),
    });

    /// <summary>Adds the mounts to a container's parameters.</summary>
    /// <param name="host">The parameters that get the mounts.</param>
    /// <param name="slot">The number of the instance within the function, from 1.</param>
    public void AddTo(HostConfig host, int slot)
    {
        host.Binds = [.. _mounts.Where(mount => mount.Kind is VolumeKind.Named or VolumeKind.Own || IsLabelled(mount)).Select(mount => BindOf(mount, slot))];
        host.Mounts = [.. _mounts.Where(mount => mount.Kind == VolumeKind.Bind && !IsLabelled(mount)).Select(MountOf)];
        host.Tmpfs = _mounts.Where(mount => mount.Kind == VolumeKind.Tmpfs).ToDictionary(mount => mount.Target, mount => mount.Options);
    }

    private string BindOf(VolumeMount mount, int slot)
    {
        var source = mount.Kind == VolumeKind.Own ? NameOf(mount.Target, slot) : mount.Source;
        return mount.Options.Length == 0 ? $"{source}:{mount.Target}" : $"{source}:{mount.Target}:{mount.Options}";
    }

    // Not as a Docker "bind", which would create a missing host path as an empty folder: a typing error has to be reported.
    private static Mount MountOf(VolumeMount mount) => new()
    {
        Type = "bind",
        Source = mount.Source,
        Target = mount.Target,
        ReadOnly = mount.IsReadOnly,
        BindOptions = mount.Options.Split(',').FirstOrDefault(option => option is not ("" or "ro" or "rw")) is { } propagation ? new BindOptions { Propagation = propagation } : null,
    };

    // The API's mounts cannot express SELinux labels.
    private static bool IsLabelled(VolumeMount mount) =>
        mount.Kind == VolumeKind.Bind && mount.Options.Split(',').Any(option => option is "z" or "Z");

    // The front is readable, and the end makes it unique. It has letters, digits and _.- (moby, volume names).
    private string NameOf(string target, int slot)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{_gateway}\n{_function}\n{target}")))[..12];
        var path = target.Trim('/');
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{ContainerLabels.Name(_function, slot)}-{ContainerLabels.Clean(path.Length <= MaxReadable ? path : path[..MaxReadable])}-{hash}");
    }
}
