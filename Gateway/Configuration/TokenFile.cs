using System.Text;

namespace Gateway.Configuration;

/// <summary>Reads a bearer token from a file: its text without the space around it.</summary>
internal static class TokenFile
{
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The absolute path.</param>
    /// <returns>Returns the token, or a clause, whose subject is the file, that says why it cannot be used.</returns>
    public static (string? Token, string? Refused) Read(string path)
    {
        try
        {
            var bytes = BoundedFile.Read(path);
            var token = Encoding.UTF8.GetString(bytes).Trim();
            return AdminReader.RefuseToken(token) is { } refused ? (null, $"holds a token that {refused}") : (token, null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (null, $"cannot be read: {error.Message.TrimEnd('.')}");
        }
    }

    /// <summary>Returns whether every user of the machine may read or write the file.</summary>
    public static bool IsOpenToOthers(string path)
    {
        try
        {
            return (File.GetUnixFileMode(path) & Others) != UnixFileMode.None;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
