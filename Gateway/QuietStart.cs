using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Gateway;

/// <summary>
/// Until the server has started, what the framework says of its failing is left out: it is a stack trace, and ours is one
/// sentence on standard error. From then on these loggers tell of failures that nothing else would.
/// </summary>
internal sealed class QuietStart : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private static readonly string[] Categories = ["Microsoft.AspNetCore.Server.Kestrel", "Microsoft.Extensions.Hosting.Internal.Host"];

    private readonly ConfigurationReloadToken _over = new();

    public string Name => Options.DefaultName;

    /// <summary>The server has started.</summary>
    public void End() => _over.OnReload();

    public IChangeToken GetChangeToken() => _over.HasChanged ? new CancellationChangeToken(CancellationToken.None) : _over;

    public void Configure(LoggerFilterOptions options)
    {
        if (!_over.HasChanged)
        {
            // The last rule for a category counts.
            Array.ForEach(Categories, category => options.Rules.Add(new LoggerFilterRule(providerName: null, category, LogLevel.None, filter: null)));
        }
    }
}
