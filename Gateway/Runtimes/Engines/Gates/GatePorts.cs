using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>
/// The gates of an engine that is reached over the network, whose files the gateway does not have. The engine puts the gate's program, which is
/// <c>knock.c</c>, and a secret into each container's own root. Whoever sends the secret to the port of the container's program has that executed.
/// </summary>
/// <remarks>
/// The secret is another one for each start, and is kept nowhere but here in memory and in the container: a gateway that comes back reads it there.
/// Whether a gate waits is asked of the engine and never of the port, since what listens there may be the program, which is to get nothing but requests.
/// </remarks>
internal sealed partial class GatePorts : IGates
{
    /// <summary>The name of each gate. There is nothing of it outside its container that would need a name of its own.</summary>
    public const string Name = "port";

    private const char Go = 'g';
    private const char Wait = 'w';

    /// <summary>The length of the secret in bytes.</summary>
    private const int SecretLength = 32;

    private readonly EngineClient _engine;
    private readonly TimeProvider _time;
    private readonly Lazy<(byte[] Bytes, string? Why)> _program = new(ReadProgram);

    // The letter and the secret in each container, as far as they are known.
    private readonly ConcurrentDictionary<string, byte[]> _words = new();

    public GatePorts(EngineClient engine, TimeProvider time) => (_engine, _time) = (engine, time);

    // It has to be changed when gates of an earlier version can no longer be spoken to.
    string IGates.Identity => "port 1";

    bool IGates.ListensForProgram => true;

    public string? WhyNot(ContainerRunOptions run, EngineFacts? facts) =>
        run.ReadOnly ? $"ReadOnly is true, and on the engine at {_engine.Endpoint}, which is reached over the network, the gate is a file in the container's root"
        : facts is not null && !facts.IsOfThisArchitecture ? $"the machine of the engine at {_engine.Endpoint} has another processor than this one ({facts.Architecture}), for which the gateway has no gate"
        : _program.Value.Why;

    string IGates.Make() => Name;

    void IGates.AddTo(CreateContainerParameters parameters, string gate, IReadOnlyList<string> program, int port)
    {
        parameters.Entrypoint = [GateArchive.Program, port.ToString(System.Globalization.CultureInfo.InvariantCulture)];
        parameters.Cmd = [.. program];
    }

    // Told to go, so that a container that somebody else starts runs its program.
    public async Task FurnishAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            await PutAsync(container, Go, cancellationToken);
        }
        catch (DockerApiException refusal)
        {
            throw new GateRefusedException(refusal);
        }
    }

    void IGates.Made(string gate, string? container)
    {
    }

    bool IGates.IsMeant(string gate, DockerApiException refusal) => refusal.ResponseBody?.Contains(GateArchive.Folder, StringComparison.Ordinal) == true;

    bool IGates.CanTell(string gate) => true;

    public async ValueTask<IDisposable?> PrepareAsync(Container container, bool letsThrough, CancellationToken cancellationToken)
    {
        if (letsThrough && _words.TryGetValue(container.Id, out var word) && word[0] == Go)
        {
            // It was told so before, and has not waited since: that start has one call, as without a gate.
            return null;
        }

        try
        {
            await PutAsync(container.Id, letsThrough ? Go : Wait, cancellationToken);
        }
        catch (DockerApiException refusal) when (refusal.StatusCode == HttpStatusCode.NotFound)
        {
            // Somebody has removed the container. Its start finds that too, and makes another one.
        }
        catch (DockerApiException refusal)
        {
            throw new GateRefusedException(refusal);
        }

        return null;
    }

    public void RemoveOf(string container) => _words.TryRemove(container, out _);

    IReadOnlyList<string> IGates.Existing() => [];

    void IGates.Sweep(IReadOnlyList<string> existing, IReadOnlyDictionary<string, string> used)
    {
    }

    private static (byte[] Bytes, string? Why) ReadProgram()
    {
        try
        {
            return (File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "headstart-knock")), null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ([], $"the gate's program cannot be read ({error.Message.TrimEnd('.')})");
        }
    }

    /// <summary>Puts the gate's program into a container that does not run, with a letter and a new secret.</summary>
    private async Task PutAsync(string container, char letter, CancellationToken cancellationToken)
    {
        byte[] word = [(byte)letter, .. RandomNumberGenerator.GetBytes(SecretLength)];
        _words.TryRemove(container, out _);
        await using var archive = GateArchive.Pack(_program.Value.Bytes, word);
        // Despite its name it is sent as noOverwriteDirNonDir: a file of the image with the folder's name is not replaced.
        var where = new CopyToContainerParameters { Path = "/", AllowOverwriteDirWithFile = true };
        await _engine.CallAsync(client => client.Containers.ExtractArchiveToContainerAsync(container, where, archive, cancellationToken), cancellationToken);
        _words[container] = word;
    }

    /// <summary>Returns the secret of a container whose gate waits, which is read from the container if an earlier gateway has put it there.</summary>
    /// <exception cref="RuntimeException">The container has none, or the engine refused.</exception>
    private async ValueTask<ReadOnlyMemory<byte>> SecretAsync(string container, CancellationToken cancellationToken)
    {
        if (!_words.TryGetValue(container, out var word))
        {
            _words[container] = word = await ReadWordAsync(container, cancellationToken);
        }

        return word.AsMemory(1);
    }

    private async Task<byte[]> ReadWordAsync(string container, CancellationToken cancellationToken)
    {
        byte[]? word;
        try
        {
            var what = new ContainerPathStatParameters { Path = GateArchive.Word };
            word = await _engine.CallAsync(
                async client =>
                {
                    var answer = await client.Containers.GetArchiveFromContainerAsync(container, what, false, cancellationToken);
                    await using var archive = answer.Stream!;
                    return await GateArchive.UnpackAsync(archive, 1 + SecretLength, cancellationToken);
                },
                cancellationToken);
        }
        catch (DockerApiException refusal)
        {
            throw new RuntimeException($"the engine at {_engine.Endpoint} does not give the word for the gate of container {container[..12]}: {EngineErrors.Message(refusal)}", refusal);
        }

        return word ?? throw new RuntimeException($"container {container[..12]} has no word for its gate in {GateArchive.Word}");
    }
}
