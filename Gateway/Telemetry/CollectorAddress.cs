namespace Gateway.Telemetry;

/// <summary>A collector's address as the log may tell it: its query, or what is written before the host, may be a key.</summary>
internal sealed class CollectorAddress(Uri address)
{
    private readonly string _told = address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);

    /// <summary>Takes what may be a key out of a sentence that others have made about the address.</summary>
    public string Redact(string sentence)
    {
        foreach (var format in (UriFormat[])[UriFormat.UriEscaped, UriFormat.SafeUnescaped, UriFormat.Unescaped])
        {
            sentence = sentence
                .Replace($"?{address.GetComponents(UriComponents.Query, format)}", "", StringComparison.Ordinal)
                .Replace($"{address.GetComponents(UriComponents.UserInfo, format)}@", "", StringComparison.Ordinal);
        }

        return sentence;
    }

    public override string ToString() => _told;
}
