using System.Buffers;

namespace Gateway.Configuration;

/// <summary>A list of user agents that the gateway knows.</summary>
internal enum IgnorePreset
{
    /// <summary>Programs and services that ask whether others answer.</summary>
    Monitors,

    /// <summary>Programs that read pages for search engines, language models, archives and previews of links.</summary>
    Crawlers,
}

/// <summary>
/// The user agents of each <see cref="IgnorePreset"/>, by a text that each of theirs contains and no browser's does. Case is ignored, as it is for the names of crawlers
/// (RFC 9309, section 2.2.1).
/// </summary>
internal static class IgnorePresets
{
    private static readonly SearchValues<string> s_monitors = SearchValues.Create(
        [
            // Services.
            "UptimeRobot/", "Pingdom.com_bot", "PingdomPageSpeed", "PingdomTMS", "StatusCake", "HetrixTools", "Site24x7", "updown.io", "Better Uptime Bot", "BetterStack",
            "NodePing", "Uptime.com", "UptimeBot", "Freshping", "OhDear", "Checkly", "DatadogSynthetics", "Datadog/Synthetics", "NewRelicSynthetics", "jetmon/", "Montastic",
            "GoogleStackdriverMonitoring-UptimeChecks", "CloudWatchSynthetics", "Cronitor", "Hyperping", "PRTG", "Statuspage",
            // Programs that people run themselves.
            "Uptime-Kuma/", "Gatus/", "check_http/", "check_curl/", "Zabbix", "Blackbox Exporter/", "Blackbox-Exporter/", "Prometheus/", "Monit/", "Icinga",
            // Load balancers and orchestrators.
            "kube-probe/", "ELB-HealthChecker/", "Amazon-Route53-Health-Check-Service", "GoogleHC/", "Cloudflare-Healthchecks/", "Cloudflare-Traffic-Manager/", "Consul Health Check", "Envoy/HC",
            "Load Balancer Agent", "Edge Health Probe", "Fly-HealthCheck",
        ],
        StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> s_crawlers = SearchValues.Create(
        [
            // Search engines.
            "Googlebot", "AdsBot-Google", "Mediapartners-Google", "Google-InspectionTool", "GoogleOther", "APIs-Google", "bingbot", "BingPreview", "adidxbot", "Applebot", "DuckDuckBot", "DuckAssistBot",
            "YandexBot", "YandexImages", "YandexMobileBot", "Baiduspider", "Slurp", "SeznamBot", "PetalBot", "Sogou web spider", "Yeti/", "Qwantbot", "MojeekBot", "coccocbot", "360Spider",
            // What reads for language models.
            "GPTBot", "OAI-SearchBot", "ChatGPT-User", "ClaudeBot", "Claude-User", "Claude-SearchBot", "anthropic-ai", "PerplexityBot", "Perplexity-User", "CCBot", "Bytespider", "Amazonbot",
            "meta-externalagent", "meta-externalfetcher", "FacebookBot", "cohere-ai", "Diffbot", "ImagesiftBot", "MistralAI-User",
            // Indexes of links, and archives.
            "AhrefsBot", "AhrefsSiteAudit", "SemrushBot", "MJ12bot", "DotBot", "BLEXBot", "DataForSeoBot", "serpstatbot", "SiteAuditBot", "rogerbot", "archive.org_bot", "ia_archiver", "heritrix",
            // Previews of links.
            "facebookexternalhit", "Facebot", "Twitterbot", "LinkedInBot", "Slackbot", "Slack-ImgProxy", "Discordbot", "TelegramBot", "WhatsApp/", "Pinterestbot", "redditbot", "SkypeUriPreview", "Embedly",
        ],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns whether a user agent is one of a list.</summary>
    public static bool Has(IgnorePreset preset, ReadOnlySpan<char> userAgent) => userAgent.ContainsAny(preset == IgnorePreset.Monitors ? s_monitors : s_crawlers);
}
