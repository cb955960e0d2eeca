using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Docker.DotNet.Models;
using Gateway.Configuration;
using Gateway.Runtimes.Engines.Gates;

namespace Gateway.Runtimes.Engines.Networks;

/// <summary>
/// Holds everything that shapes the container that keeps a network: it is on the function's networks, and its only program is <c>pause.c</c>, which waits for its
/// end. Two of the same <see cref="Hash"/> are interchangeable.
/// </summary>
internal sealed class KeptNetworkSpec
{
    /// <summary>Is part of every hash. It has to be changed when the same options come to mean another container.</summary>
    private const string Layout = "1";

    /// <summary>
    /// The bound of its memory. The program is charged 0.3 MiB; the OCI runtime, which is in the container before the program is, was charged 4 (runc 1.1).
    /// </summary>
    private const long Memory = 16 << 20;

    /// <summary>The bound of its processes and threads. The program is one; before it there are the threads of the OCI runtime.</summary>
    private const int Pids = 16;

    /// <summary>Nobody's, as kernels name who has no number here (Documentation/admin-guide/sysctl/fs.rst, overflowuid).</summary>
    private const string User = "65534:65534";

    private readonly string _gateway;
    private readonly EngineImage _image;
    private readonly string _program;

    /// <param name="gateway">The name of the gateway.</param>
    /// <param name="image">The function's image, since there is no container without one. Nothing in it is used.</param>
    /// <param name="program">The path of <c>pause.c</c>'s program on the engine's machine.</param>
    public KeptNetworkSpec(string gateway, FunctionOptions function, EngineImage image, string program)
    {
        (_gateway, Function, _image, _program) = (gateway, function, image, program);
        Hash = ComputeHash();
    }

    public FunctionOptions Function { get; }

    public string Hash { get; }

    /// <summary>Returns the parameters with which the engine makes the container.</summary>
    /// <param name="number">The number in the container's name.</param>
    public CreateContainerParameters ToParameters(int number) => new()
    {
        Name = ContainerLabels.Name($"{Function.Name}-network", number),
        Image = Function.Container.Image,
        Entrypoint = [GateDirectories.PauseTarget],
        Cmd = null!,
        User = User,
        // The image's own may not be entered by this user.
        WorkingDir = "/",
        StopSignal = "SIGTERM",
        Labels = ContainerLabels.OfNetwork(_gateway, Function.Name, Hash),
        Healthcheck = new HealthcheckConfig { Test = ["NONE"] },
        HostConfig = new HostConfig
        {
            NetworkMode = Function.Container.Network,
            // After the engine's own restart the gateway starts it, which has to find out its address.
            RestartPolicy = new RestartPolicy { Name = RestartPolicyKind.No },
            LogConfig = new LogConfig { Type = "none", Config = new Dictionary<string, string>() },
            Memory = Memory,
            PidsLimit = Pids,
            CapDrop = ["ALL"],
            SecurityOpt = ["no-new-privileges"],
            ReadonlyRootfs = true,
            Init = false,
            Mounts =
            [
                new Mount { Type = "bind", Source = _program, Target = GateDirectories.PauseTarget, ReadOnly = true },
                // In place of the volumes that the engine would make for what the image declares.
                .. _image.Volumes.Select(path => new Mount { Type = "tmpfs", Target = path }),
            ],
        },
    };

    private string ComputeHash()
    {
        var text = new StringBuilder();
        // The image too, or one that was built anew would hold the layers of the one before.
        foreach (var part in (string[])[Layout, _image.Id, Function.Container.Image, _program, Function.Container.Network, .. Function.Container.Networks])
        {
            text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }
}
