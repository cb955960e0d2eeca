using System.Globalization;

namespace Gateway.Listening;

/// <summary>Reads settings of the kernel, as far as /proc shows them (proc_sys(5)). Those of the network are of this process's namespace.</summary>
internal static class Sysctl
{
    /// <summary>Returns a number, the first if there are several; null if it cannot be read.</summary>
    /// <param name="name">The name in the form of sysctl(8): <c>net.core.somaxconn</c>.</param>
    public static int? Read(string name)
    {
        try
        {
            var text = File.ReadAllText($"/proc/sys/{name.Replace('.', '/')}").Split((char[])['\t', '\n'])[0];
            return int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
