using Gateway.Configuration;

namespace Gateway.CommandLine;

/// <summary>Where a running gateway is asked, and with which token.</summary>
internal sealed record AdminAddress
{
    /// <summary>Gets the address of the endpoint. It is not used if there is a <see cref="Socket"/>.</summary>
    public required Uri Url { get; init; }

    /// <summary>Gets the path of its unix socket, or null for TCP.</summary>
    public string? Socket { get; init; }

    /// <summary>Gets the bearer token, or null.</summary>
    public string? Token { get; init; }

    /// <summary>Gets where the token is from, for messages.</summary>
    public string? TokenOrigin { get; init; }

    /// <summary>Gets the file with the certificate that the endpoint shows, which is trusted whatever its issuer and name, or null.</summary>
    public string? Certificate { get; init; }

    /// <summary>Gets where the address is from, for messages.</summary>
    public required string Origin { get; init; }

    /// <summary>Gets what may help if nobody answers.</summary>
    public required string Remedy { get; init; }

    /// <summary>Gets the address as users write it.</summary>
    public string Text => Socket is null ? Url.GetLeftPart(UriPartial.Authority) : $"unix://{Socket}";

    /// <summary>Returns the address that a user names.</summary>
    /// <param name="url">The address.</param>
    /// <param name="tokenFile">The file of a token, or null.</param>
    /// <exception cref="CommandException">It is no address, or the file cannot be used.</exception>
    public static AdminAddress Of(string url, string? tokenFile)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var parsed) || !(parsed.Scheme is "http" or "https" ? parsed.Host.Length > 0 : parsed.Scheme == "unix" && parsed.AbsolutePath.Length > 1))
        {
            throw new CommandException($"--url: '{url}' is no address; write e.g. http://127.0.0.1:9090, https://gateway.internal:9443 or unix:///run/headstart/admin.sock.", ExitCodes.CannotStart);
        }

        var address = new AdminAddress { Url = parsed, Socket = parsed.Scheme == "unix" ? parsed.LocalPath : null, Origin = "which --url names", Remedy = "start one, or correct --url" };
        return tokenFile is null ? address : address.WithToken(Path.GetFullPath(tokenFile), "--token-file");
    }

    /// <summary>Returns the address of the gateway that a start would be.</summary>
    /// <param name="target">What the configuration says.</param>
    /// <param name="tokenFile">The file of a token to use in the place of the configuration's, or null.</param>
    /// <exception cref="CommandException">A file of a token cannot be used.</exception>
    public static AdminAddress Of(AdminTarget target, string? tokenFile)
    {
        var admin = target.Options;
        var address = new AdminAddress
        {
            // An address for every interface is none to connect to.
            Url = admin.Url.Host == "[::]" || admin.Url.Host == "0.0.0.0" ? new UriBuilder(admin.Url) { Host = "localhost" }.Uri : admin.Url,
            Socket = admin.Socket,
            Certificate = target.Certificate,
            Token = admin.Token,
            TokenOrigin = "the configuration",
            Origin = $"which the configuration in {target.ContentRoot} names",
            Remedy = "start it, or name its folder with --contentRoot or its address with --url",
        };
        return tokenFile is not null ? address.WithToken(Path.GetFullPath(tokenFile), "--token-file")
            : admin.TokenFile is { } file ? address.WithToken(Path.GetFullPath(file, target.ContentRoot), "Gateway:Admin:TokenFile")
            : address;
    }

    private AdminAddress WithToken(string file, string key)
    {
        var (token, refused) = TokenFile.Read(file);
        return token is not null
            ? this with { Token = token, TokenOrigin = file }
            : throw new CommandException($"{key}: '{file}' {refused}; correct it, or name another file with --token-file.", ExitCodes.CannotStart);
    }
}
