using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Gateway.Configuration;

/// <summary>Reads the access list of the gateway or of a function: <c>Access</c>.</summary>
internal static class AccessReader
{
    /// <summary>Reads the list; the empty one if it is left out.</summary>
    public static AccessOptions Read(SectionReader section)
    {
        var (allow, deny) = (Prefixes(section, "Allow"), Prefixes(section, "Deny"));
        section.End();
        return allow.Count + deny.Count == 0 ? AccessOptions.Everybody : new AccessOptions { Allow = allow, Deny = deny };
    }

    /// <summary>Notes an error if the lists of all functions have more prefixes together than the kernel has room for.</summary>
    public static void CheckTotal(IReadOnlyCollection<FunctionOptions> functions, ReadContext context)
    {
        var total = functions.Sum(function => function.Access.Allow.Count + function.Access.Deny.Count);
        if (total > AccessOptions.MaxPrefixesOfAll)
        {
            context.Error("Gateway:Functions", ConfigurationError.AnySource, string.Create(CultureInfo.InvariantCulture,
                $"the Access lists of all functions have {total} prefixes, and {AccessOptions.MaxPrefixesOfAll} are the most; write those that functions share under Gateway:Access."));
        }
    }

    private static List<IPNetwork> Prefixes(SectionReader section, string key)
    {
        var prefixes = new List<IPNetwork>();
        var items = section.List(key);
        if (items.Count > AccessOptions.MaxPrefixes)
        {
            section.Error(key, string.Create(CultureInfo.InvariantCulture, $"there are {items.Count} prefixes, and one list may have {AccessOptions.MaxPrefixes}; join neighbours into shorter prefixes."));
            return prefixes;
        }

        foreach (var item in items)
        {
            if (TryParse(item.Value, out var prefix, out var error))
            {
                prefixes.Add(prefix);
            }
            else
            {
                section.Error(item, error);
            }
        }

        return prefixes;
    }

    private static bool TryParse(string text, out IPNetwork prefix, out string error)
    {
        prefix = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!TryParseAddress(slash < 0 ? text : text[..slash], out var address))
        {
            error = $"{ReadContext.Quote(text)} is neither an address nor a prefix; write e.g. \"203.0.113.7\", \"203.0.113.0/24\" or \"2001:db8::/32\".";
            return false;
        }

        var longest = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = longest;
        if (slash >= 0 && !(int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) && length <= longest))
        {
            error = $"{ReadContext.Quote(text)} has no length of a prefix behind the '/'; it is a whole number from 0 to {longest}.";
            return false;
        }

        var first = First(address, length);
        if (!first.Equals(address))
        {
            error = $"{ReadContext.Quote(text)} has bits behind its first {length}; write \"{first}/{length}\", or \"{address}\" for the one address.";
            return false;
        }

        (prefix, error) = (new IPNetwork(address, length), "");
        return true;
    }

    // IPAddress.TryParse takes "10" for 0.0.0.10, and an address in brackets or with an interface behind it too.
    private static bool TryParseAddress(string text, out IPAddress address) =>
        IPAddress.TryParse(text, out address!) && !address.IsIPv4MappedToIPv6 && !text.AsSpan().ContainsAny('[', '%')
        && (address.AddressFamily != AddressFamily.InterNetwork || address.ToString() == text);

    private static IPAddress First(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(length - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - kept));
        }

        return new IPAddress(bytes);
    }
}
