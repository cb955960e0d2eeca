using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Docker.DotNet;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>
/// Keeps a directory for each container with a gate, which the engine mounts read-only into the container: the gate's program, and the pipe on which
/// it waits for the word to execute the container's own program. The gate is <c>gate.c</c>.
/// </summary>
/// <remarks>
/// Nothing here has to be alive for a gate to go on waiting, and whether one waits can be seen by any gateway: a pipe without a reader cannot be opened
/// for writing without a wait (fifo(7), ENXIO).
/// </remarks>
internal sealed partial class GateDirectories
{
    /// <summary>The place of the directory in a container. It is below /dev, which is in memory, so that the container's own files stay as the image has them.</summary>
    public const string Target = "/dev/.headstart";

    /// <summary>The gate's program in a container.</summary>
    public const string Program = $"{Target}/{ProgramName}";

    private const string ProgramName = "gate";
    private const string PipeName = "go";

    // Everybody may read and enter what a container's program of whatever user has to read and enter. Others do not get there from outside (Root).
    private const UnixFileMode Entered = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    private const UnixFileMode Read = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly byte[] Word = "g"u8.ToArray();

    private readonly string _root;
    private readonly string _key;
    private readonly TimeProvider _time;
    private readonly Lazy<string?> _whyUnusable;
    private readonly ConcurrentDictionary<string, string> _byContainer = new();
    private readonly ConcurrentDictionary<string, bool> _making = new();

    /// <param name="root">The absolute path of the directory in which all are.</param>
    /// <param name="key">The key of the configuration that names it, for messages.</param>
    public GateDirectories(string root, string key, TimeProvider time)
    {
        (_root, _key, _time) = (root, key, time);
        _whyUnusable = new Lazy<string?>(FindWhyUnusable);
    }

    /// <summary>Gets the directory in which all are.</summary>
    public string Root => _root;

    /// <summary>Gets why no gate can be had here, or null if they can. The first call makes the directory.</summary>
    public string? WhyUnusable => _whyUnusable.Value;

    /// <summary>Finds the directory: the configured one, else one in the state directory that systemd gives, else one in the content root. Returns null if there is none.</summary>
    /// <param name="configured">What is configured, relative to the content root; empty if there are to be no gates.</param>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <param name="contentRoot">The absolute path of the content root.</param>
    public static string? Locate(string? configured, Func<string, string?> variable, string contentRoot) => configured switch
    {
        "" => null,
        { } path => Path.GetFullPath(path, contentRoot),
        // StateDirectory= of systemd.exec(5) may be several directories, separated by colons.
        _ when variable("STATE_DIRECTORY") is { Length: > 0 } directories => Path.Combine(directories.Split(':')[0], "gate"),
        _ => Path.Combine(contentRoot, "headstart.gate"),
    };

    /// <summary>Returns the path of a gate's directory.</summary>
    public string PathOf(string gate) => Path.Combine(_root, gate);

    /// <summary>Returns true if it is a gate for which the engine refused: no other mistake of a container names its directory.</summary>
    public bool IsMeant(string gate, DockerApiException refusal) =>
        refusal.ResponseBody is { } words && (words.Contains(Target, StringComparison.Ordinal) || words.Contains(PathOf(gate), StringComparison.Ordinal));

    /// <summary>Makes the directory of a new gate. Until <see cref="Made"/> it is not taken for a leftover.</summary>
    /// <returns>Returns the gate's name.</returns>
    /// <exception cref="GateRefusedException">The directory cannot be made.</exception>
    public string Make()
    {
        var gate = RandomNumberGenerator.GetHexString(16, lowercase: true);
        _making[gate] = true;
        try
        {
            Ensure(gate);
            return gate;
        }
        catch
        {
            Made(gate, container: null);
            throw;
        }
    }

    /// <summary>Notes to which container a new gate belongs, or removes it if there is none.</summary>
    public void Made(string gate, string? container)
    {
        if (container is null)
        {
            Remove(gate);
        }
        else
        {
            _byContainer[container] = gate;
        }

        _making.TryRemove(gate, out _);
    }

    /// <summary>Makes sure that the directory is complete. It is not after a reboot if it is in memory.</summary>
    /// <exception cref="GateRefusedException">It cannot be made.</exception>
    public void Ensure(string gate)
    {
        var directory = PathOf(gate);
        var (pipe, program) = (Path.Combine(directory, PipeName), Path.Combine(directory, ProgramName));
        try
        {
            if (File.Exists(pipe) && File.Exists(program))
            {
                return;
            }

            MakeRoot();
            Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, Entered);
            if (NativeMethods.mkfifo(pipe, 0) != 0 && Marshal.GetLastPInvokeError() != NativeMethods.EEXIST)
            {
                throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            }

            // The mode of the call is subject to the umask.
            File.SetUnixFileMode(pipe, Read);
            // One file for all, so that the memory of its pages is shared. Not every file system has links.
            if (NativeMethods.link(Installed(GateFile), program) != 0 && !File.Exists(program))
            {
                File.Copy(Installed(GateFile), program);
                File.SetUnixFileMode(program, Entered);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new GateRefusedException($"{_key}: {directory} cannot be made: {error.Message.TrimEnd('.')}", error);
        }
    }

    /// <summary>Returns true if there is a pipe on which the gate can be told to go.</summary>
    public bool CanTell(string gate) => File.Exists(Path.Combine(PathOf(gate), PipeName));

    /// <summary>Removes a gate's directory. It is not an error if it is gone.</summary>
    public void Remove(string gate)
    {
        try
        {
            Directory.Delete(PathOf(gate), recursive: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is gone already, or found as a leftover later.
        }
    }

    /// <summary>Removes the directory of a container that is gone. It does nothing if it has no gate.</summary>
    public void RemoveOf(string container)
    {
        if (_byContainer.TryRemove(container, out var gate))
        {
            Remove(gate);
        }
    }

    /// <summary>Returns the gates whose containers have been made, for <see cref="Sweep"/>.</summary>
    public IReadOnlyList<string> Existing()
    {
        string[] making = [.. _making.Keys];
        try
        {
            return Directory.Exists(_root) ? [.. Directory.GetDirectories(_root).Select(path => Path.GetFileName(path)!).Except(making, StringComparer.Ordinal)] : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Removes the directories that no container has.</summary>
    /// <param name="existing">What <see cref="Existing"/> returned before the containers were listed.</param>
    /// <param name="used">The gates of the containers, by container.</param>
    public void Sweep(IReadOnlyList<string> existing, IReadOnlyDictionary<string, string> used)
    {
        foreach (var (container, gate) in used)
        {
            _byContainer[container] = gate;
        }

        foreach (var gate in existing.Except(used.Values, StringComparer.Ordinal))
        {
            Remove(gate);
        }
    }

    private void MakeRoot()
    {
        Directory.CreateDirectory(_root);
        File.SetUnixFileMode(_root, Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }
}
