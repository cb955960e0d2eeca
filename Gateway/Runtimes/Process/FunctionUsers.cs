using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Gateway.Configuration;

namespace Gateway.Runtimes.Process;

/// <summary>
/// Says which user a function runs as. Without <c>User</c> each has a uid of its own, so that functions can neither signal nor trace one another, nor the
/// gateway: it is a hash of the function's name, and the same at every start and on every machine.
/// </summary>
internal sealed class FunctionUsers
{
    /// <summary>The uids that nothing else gives to anybody (systemd, docs/UIDS-GIDS.md: 1879048192 to 2147352575 are unused).</summary>
    private const uint First = 1_879_048_192, Last = 2_147_352_575;

    /// <summary>
    /// The uids for user namespaces that have only the usual 65,536: those of systemd's DynamicUser, of which there are none in a container (systemd,
    /// docs/UIDS-GIDS.md).
    /// </summary>
    private const uint FirstSmall = 61_184, LastSmall = 65_519;

    private const string Root = "root";

    private readonly GatewayRights _rights;
    private readonly bool _isSmall;

    /// <param name="uidMap">The content of <c>/proc/self/uid_map</c> (user_namespaces(7)).</param>
    public FunctionUsers(GatewayRights rights, IEnumerable<string> uidMap)
    {
        _rights = rights;
        _isSmall = !uidMap.Any(HasFirst);
    }

    /// <summary>Says what is wrong with a <c>User</c> from the configuration, or returns null if such an account can be.</summary>
    public static string? Judge(string user)
    {
        try
        {
            _ = Resolve(user);
            return null;
        }
        catch (FormatException error)
        {
            return error.Message;
        }
    }

    /// <summary>Returns the user that the function runs as, or null for the gateway's own.</summary>
    /// <exception cref="RuntimeException">It cannot run as that user; the message says why.</exception>
    public FunctionUser? Of(string function, ProcessRunOptions run)
    {
        var path = $"Gateway:Functions:{function}:User";
        if (run.User is null)
        {
            return _rights switch
            {
                { ChangesUsers: true } => new(Own(function), Own(function), null, "/"),
                { Uid: 0 } => throw new RuntimeException($"{path}: the gateway runs as root, and without CAP_SETUID, CAP_SETGID and CAP_KILL it cannot run the function as anybody else; give it these, or write \"User\": \"root\"."),
                _ => null,
            };
        }

        try
        {
            var user = Resolve(run.User);
            return _rights.ChangesUsers ? user
                : user.Uid == _rights.Uid && user.Gid == _rights.Gid ? null
                : throw new RuntimeException($"{path}: the gateway runs as uid {_rights.Uid} and cannot run the function as {ReadContext.Quote(run.User)}; run it as root, give it CAP_SETUID, CAP_SETGID and CAP_KILL, or remove User.");
        }
        catch (FormatException error)
        {
            throw new RuntimeException($"{path}: {error.Message}", error);
        }
    }

    // Names of functions ignore case.
    private uint Own(string function)
    {
        var (first, last) = _isSmall ? (FirstSmall, LastSmall) : (First, Last);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(function.ToLowerInvariant()));
        return first + (uint)(BinaryPrimitives.ReadUInt64LittleEndian(hash) % (last - first + 1));
    }

    private static FunctionUser Resolve(string text)
    {
        var parts = text.Split(':');
        if (parts.Length > 2 || Array.Exists(parts, part => part.Length == 0 || part.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))))
        {
            throw new FormatException($"{ReadContext.Quote(text)} is no user; write a name, a uid or \"uid:gid\", e.g. \"app\" or \"1000:1000\".");
        }

        var user = Number(parts[0]) is { } uid ? Accounts.Find(uid) ?? new Account(uid, uid, "", "/") : Accounts.Find(parts[0]);
        if (user is null)
        {
            throw new FormatException($"this machine has no account {ReadContext.Quote(parts[0])}; make it (useradd --system {parts[0]}), or write a uid.");
        }

        var gid = parts.Length == 1 ? user.Gid : Number(parts[1]) ?? Accounts.FindGroup(parts[1])
            ?? throw new FormatException($"this machine has no group {ReadContext.Quote(parts[1])}; make it (groupadd --system {parts[1]}), or write a gid.");
        if (user.Uid == 0 && parts[0] is not (Root or "0"))
        {
            throw new FormatException($"{ReadContext.Quote(parts[0])} is root; write \"root\" if that is meant, or another user.");
        }

        return new FunctionUser(user.Uid, gid, user.Name.Length == 0 ? null : user.Name, user.Home);
    }

    // 4294967295 means "leave it as it is" to setresuid(2).
    private static uint? Number(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number != uint.MaxValue ? number : null;

    // A line has the first id inside, the first outside, and how many.
    private static bool HasFirst(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var inside, _, var count]
        && uint.TryParse(inside, CultureInfo.InvariantCulture, out var from) && uint.TryParse(count, CultureInfo.InvariantCulture, out var many)
        && from <= First && from + (ulong)many > Last;
}
