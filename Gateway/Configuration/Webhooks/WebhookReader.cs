using System.Collections.Frozen;
using System.Text;
using Gateway.Configuration.Schema;
using Gateway.Model;

namespace Gateway.Configuration.Webhooks;

/// <summary>Reads <c>Gateway:Webhooks</c>. No message quotes an address or a secret.</summary>
internal sealed class WebhookReader(SectionReader gateway, ReadContext context)
{
    /// <summary>What a secret begins with (Standard Webhooks, "Symmetric").</summary>
    private const string Prefix = "whsec_";

    private const int ShortestKey = 24, LongestKey = 64, MostHooks = 100, LongestName = 100;

    private static readonly string[] s_events = Enum.GetNames<FunctionTurn>();
    private static readonly TextFormat s_url = new($"^{TextFormat.Scheme("http", "https")}", "https://hooks.example/headstart");
    private static readonly TextFormat s_pattern = new("^[A-Za-z0-9._*?-]{1,63}$", "shop*");
    private static readonly TextFormat s_name = new($"^.{{1,{LongestName}}}$", "chat");

    public IReadOnlyList<WebhookOptions> Read()
    {
        var (hooks, sections) = (new List<WebhookOptions>(), gateway.Objects("Webhooks"));
        if (sections.Count > MostHooks)
        {
            gateway.Error("Webhooks", $"there are more than {MostHooks}; name fewer.");
        }

        foreach (var section in sections)
        {
            if (ReadOne(section) is not { } hook)
            {
                continue;
            }

            if (hooks.Exists(other => other.Name.Equals(hook.Name, StringComparison.OrdinalIgnoreCase)))
            {
                section.Error("Name", $"{ReadContext.Quote(hook.Name)} is the name of another one too, and metrics and log could not tell them apart; write a Name (by default it is the host of the Url).");
            }

            hooks.Add(hook);
        }

        return hooks;
    }

    private WebhookOptions? ReadOne(SectionReader section)
    {
        var (url, name, events, functions) = (Url(section), section.Text("Name", s_name), Events(section), Functions(section));
        var key = Key(section);
        var timeout = section.Duration("Timeout", TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(1));
        var attempts = section.Integer("Attempts", 1, 20);
        section.End();
        if (name is { Length: 0 or > LongestName } || name?.Any(char.IsControl) == true)
        {
            section.Error("Name", $"{ReadContext.Quote(name)} is not a name; write 1 to {LongestName} characters.");
        }

        if (url is null)
        {
            return null;
        }

        var hook = new WebhookOptions { Name = name ?? url.Authority, Url = url, Functions = functions, Key = key };
        return hook with { Events = events ?? hook.Events, Timeout = timeout ?? hook.Timeout, Attempts = attempts ?? hook.Attempts };
    }

    private static Uri? Url(SectionReader section)
    {
        if (!section.HasNeeded("Url"))
        {
            section.Error("Url", "missing; write the address to which events are posted, e.g. \"https://hooks.example/headstart\".");
        }
        else if (section.Text("Url", s_url) is { } text)
        {
            if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Fragment.Length > 0)
            {
                section.Error("Url", "is not an address to which events can be posted; write one that begins with http:// or https:// and has no #, e.g. \"https://hooks.example/headstart\".");
            }
            else if (url.UserInfo.Length > 0)
            {
                section.Error("Url", "a user or password in an address is not sent; a Secret signs what is sent instead.");
            }
            else
            {
                return url;
            }
        }

        return null;
    }

    private static FrozenSet<FunctionTurn>? Events(SectionReader section)
    {
        var events = new HashSet<FunctionTurn>();
        foreach (var item in section.List("Events", s_events))
        {
            if (Array.Find(s_events, name => name.Equals(item.Value, StringComparison.OrdinalIgnoreCase)) is { } known)
            {
                events.Add(Enum.Parse<FunctionTurn>(known));
            }
            else
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} is not one of {string.Join(", ", s_events)}{(Suggestion.For(item.Value, s_events) is { } near ? $"; did you mean '{near}'?" : ".")}");
            }
        }

        return events.Count == 0 ? null : events.ToFrozenSet();
    }

    private static List<string> Functions(SectionReader section)
    {
        var patterns = new List<string>();
        foreach (var item in section.List("Functions", s_pattern))
        {
            if (item.Value.Length is 0 or > Names.MaxFunctionName || !item.Value.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '*' or '?'))
            {
                section.Error(item, $"{ReadContext.Quote(item.Value)} can match no function's name; write a name, in which * stands for anything, e.g. \"shop*\".");
            }

            patterns.Add(item.Value);
        }

        return patterns;
    }

    private byte[]? Key(SectionReader section)
    {
        var (secret, file) = (section.Text("Secret"), section.FilePath("SecretFile", "write the file that holds the secret"));
        if (file is null)
        {
            return secret is null ? null : Decode(section, "Secret", secret, "the secret");
        }

        if (secret is not null)
        {
            section.Error("SecretFile", "there is a Secret too; remove one of the two.");
            return null;
        }

        if (file.Length == 0 || file.Contains('\0', StringComparison.Ordinal))
        {
            section.Error("SecretFile", $"{ReadContext.Quote(file)} is not a file's name.");
            return null;
        }

        return context.Machine is { } machine ? FromFile(section, machine.FullPath(file)) : null;
    }

    private static byte[]? FromFile(SectionReader section, string file)
    {
        try
        {
            var key = Decode(section, "SecretFile", Encoding.UTF8.GetString(BoundedFile.Read(file)).Trim(), $"the secret in '{file}'");
            if (key is not null && TokenFile.IsOpenToOthers(file))
            {
                section.Warn("SecretFile", $"every user of this machine can read '{file}'; chmod 600 it.");
            }

            return key;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            section.Error("SecretFile", $"'{file}' cannot be read: {error.Message.TrimEnd('.')}; make it, with: echo whsec_$(openssl rand -base64 32), or correct the path.");
            return null;
        }
    }

    private static byte[]? Decode(SectionReader section, string key, string secret, string what)
    {
        var bytes = new byte[secret.Length];
        if (secret.StartsWith(Prefix, StringComparison.Ordinal) && Convert.TryFromBase64String(secret[Prefix.Length..], bytes, out var length) && length is >= ShortestKey and <= LongestKey)
        {
            return bytes[..length];
        }

        section.Error(key, $"{what} is not {Prefix} and {ShortestKey} to {LongestKey} bytes in base64 (standardwebhooks.com); make one with: echo whsec_$(openssl rand -base64 32).");
        return null;
    }
}
