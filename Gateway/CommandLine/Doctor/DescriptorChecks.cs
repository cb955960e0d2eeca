using System.Globalization;
using Gateway.Listening;
using Gateway.Model;

namespace Gateway.CommandLine.Doctor;

/// <summary>Whether the descriptors of a process started like this one are enough.</summary>
internal static class DescriptorChecks
{
    /// <summary>How many a gateway without clients has open (docs/security.md, "Connections and descriptors").</summary>
    private const int OfItsOwn = 380;

    private const string Name = "descriptors";
    private const string Mend = "LimitNOFILE=1048576 in the unit, ulimits: nofile in Compose, or ulimit -n 1048576 before the start";

    public static Finding Limit(Examined machine)
    {
        var (options, limit) = (machine.Options, DescriptorLimit.Current);
        var bounds = ConnectionBounds.OfThisProcess(options.ClientLimits, OfItsOwn);
        var found = string.Create(CultureInfo.InvariantCulture, $"a process may open {limit:N0} files, which is enough for {bounds.ByDescriptors:N0} connections of clients");
        return !machine.Steers && BindErrors.TooMany(options) is { } tooMany
            ? Finding.Lack(isWanted: true, Name, tooMany.Message.TrimEnd('.'), "the start ends with exit code 2", Mend)
            : options.ClientLimits.Connections > bounds.ByDescriptors
            ? Lack(found, string.Create(CultureInfo.InvariantCulture, $"Gateway:Limits:Connections is {options.ClientLimits.Connections:N0}, and connections beyond are reset or close idle ones"))
            : options.ClientLimits.Connections is null && bounds.ByDescriptors < options.ClientLimits.Held
            ? Lack(found, string.Create(CultureInfo.InvariantCulture, $"{options.ClientLimits.Held:N0} requests may wait for functions (Gateway:Limits:Held), and so many connections cannot be there; those beyond close idle ones or wait themselves"))
            : Finding.Ok(Name, found);
    }

    private static Finding Lack(string found, string cost) => Finding.Lack(isWanted: true, Name, found, $"{cost} (docs/security.md)", Mend);
}
