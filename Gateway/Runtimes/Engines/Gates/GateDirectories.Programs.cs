using System.Security.Cryptography;

namespace Gateway.Runtimes.Engines.Gates;

/// <summary>Puts the programs that are mounted into containers where the engine sees them: the gate's, and that of the containers that keep a network.</summary>
internal sealed partial class GateDirectories
{
    /// <summary>The place of the program <c>pause.c</c> in a container that keeps a network, which has nothing else of the gateway.</summary>
    public const string PauseTarget = Target;

    private const string GateFile = "gate";
    private const string PauseFile = "pause";

    private string? _pausePath;

    /// <summary>Gets the path of the program <c>pause.c</c>. It is there after <see cref="EnsurePause"/>.</summary>
    public string PausePath => _pausePath ??= PathOfProgram(PauseFile, Bytes(PauseFile));

    /// <summary>Makes sure that the program <c>pause.c</c> is there. It is not after a reboot if the directory is in memory.</summary>
    /// <exception cref="GateRefusedException">It cannot be written.</exception>
    public void EnsurePause()
    {
        try
        {
            MakeRoot();
            Installed(PauseFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new GateRefusedException($"{_key}: {_root} cannot be used ({error.Message.TrimEnd('.')})", error);
        }
    }

    /// <summary>Returns why no gate can be had here as far as that can be told without writing anything, or null if they probably can.</summary>
    public string? Foresee()
    {
        var there = FileRights.NearestExisting(_root);
        return FileRights.WhyNotWritable(there) is { } refused ? NotUsable(refused) : FileRights.IsNoExec(there) ? NotExecutable() : null;
    }

    private string? FindWhyUnusable()
    {
        try
        {
            MakeRoot();
            return NativeMethods.access(Installed(GateFile), NativeMethods.X_OK) == 0 ? null : NotExecutable();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return NotUsable(error.Message);
        }
    }

    private string NotExecutable() => $"{_key}: nothing in {_root} may be executed (noexec); name a directory of this machine where programs may be";

    private string NotUsable(string why) => $"{_key}: {_root} cannot be used ({why.TrimEnd('.')}); name a directory of this machine that the gateway may write to";

    /// <summary>Returns the path of a program, which is put there if it is not.</summary>
    private string Installed(string program)
    {
        var bytes = Bytes(program);
        var path = PathOfProgram(program, bytes);
        if (!File.Exists(path))
        {
            var aside = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
            File.WriteAllBytes(aside, bytes);
            File.SetUnixFileMode(aside, Entered);
            File.Move(aside, path, overwrite: true);
        }

        return path;
    }

    private static byte[] Bytes(string program) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, $"headstart-{program}"));

    // Under a name of its content, so that another version is another file.
    private string PathOfProgram(string program, byte[] bytes) => Path.Combine(_root, $"{program}-{Convert.ToHexStringLower(SHA256.HashData(bytes))[..12]}");
}
