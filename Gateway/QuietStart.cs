using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Gateway;

/// <summary>
/// Mutes the framework's loggers until the server has started: they would log a stack trace for a failure that the gateway explains in one
/// sentence on standard error. From then on these loggers report failures that nothing else reports.
/// </summary>
internal sealed class QuietStart : IConfigureOptions<LoggerFilterOptions>, IOptionsChangeTokenSource<LoggerFilterOptions>
{
    private static readonly string[] Categories = ["Microsoft.AspNetCore.Server.Kestrel", "Microsoft.Extensions.Hosting.Internal.Host"];

    private readonly ConfigurationReloadToken _over = new();

    public string Name => Options.DefaultName;

    /// <summary>Ends the muting, because the server has started.</summary>
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
