using System.Globalization;
using System.Net;

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
        var total = functions.Sum(function => function.Access.Allow.Count + function.Access.Deny.Count + (function.Idle.Ignore?.Sources.Count ?? 0));
        if (total > AccessOptions.MaxPrefixesOfAll)
        {
            context.Error("Gateway:Functions", ConfigurationError.AnySource, string.Create(CultureInfo.InvariantCulture,
                $"the Access lists of all functions, and the sources in their Idle:Ignore, have {total} prefixes, and {AccessOptions.MaxPrefixesOfAll} are the most; write those that functions share under Gateway:Access."));
        }
    }

    private static List<IPNetwork> Prefixes(SectionReader section, string key)
    {
        var prefixes = new List<IPNetwork>();
        var items = section.List(key, SourceNetworks.Written);
        if (items.Count > AccessOptions.MaxPrefixes)
        {
            section.Error(key, string.Create(CultureInfo.InvariantCulture, $"there are {items.Count} prefixes, and one list may have {AccessOptions.MaxPrefixes}; join neighbours into shorter prefixes."));
            return prefixes;
        }

        foreach (var item in items)
        {
            if (SourceNetworks.TryParse(item.Value, out var prefix, out var error))
            {
                prefixes.Add(prefix.Value);
            }
            else
            {
                section.Error(item, error);
            }
        }

        return prefixes;
    }
}
