using System.Collections.Frozen;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpsPolicy;
using Microsoft.AspNetCore.ResponseCompression;

namespace Gateway.Configuration.Policies;

/// <summary>The options of ASP.NET Core's own middlewares, from the user's sections. They are null for sections that are not there.</summary>
internal sealed record PolicyOptions
{
    /// <summary>The options without any section.</summary>
    public static PolicyOptions None { get; } = new();

    public PolicySection<PolicySet<CorsPolicy>>? Cors { get; init; }

    public PolicySection<AuthenticationSchemes>? Authentication { get; init; }

    public PolicySection<AuthorizationPolicies>? Authorization { get; init; }

    public PolicySection<RateLimits>? RateLimiter { get; init; }

    public PolicySection<CacheOptions>? OutputCache { get; init; }

    public PolicySection<PolicySet<RequestTimeoutPolicy>>? RequestTimeouts { get; init; }

    public PolicySection<ResponseCompressionSettings>? ResponseCompression { get; init; }

    public HttpsRedirect? HttpsRedirection { get; init; }

    public PolicySection<HstsOptions>? Hsts { get; init; }

    /// <summary>The kinds of policy that are named for a route or for a function's Listen addresses.</summary>
    public PolicyKinds Named { get; init; }

    /// <summary>Whether requests need the CORS middleware. The same goes for the other <c>Uses</c> properties.</summary>
    public bool UsesCors => Named.HasFlag(PolicyKinds.Cors) || Cors is { Value.Default: not null };

    public bool UsesAuthorization => Named.HasFlag(PolicyKinds.Authorization) || Authorization is { Value.Fallback: not null };

    /// <summary>
    /// Whether requests need the authentication middleware. The rate limiter needs it too, which may count requests by user, and so does the output
    /// cache, which keeps no answers to authenticated clients.
    /// </summary>
    public bool UsesAuthentication => Authentication is not null && (UsesAuthorization || UsesRateLimiter || UsesOutputCache);

    public bool UsesRateLimiter => Named.HasFlag(PolicyKinds.RateLimiter) || RateLimiter is { Value.Global: not null };

    public bool UsesOutputCache => Named.HasFlag(PolicyKinds.OutputCache);
}

/// <summary>The kinds of policy that routes name and that need a middleware.</summary>
[Flags]
internal enum PolicyKinds
{
    None = 0,
    Cors = 1,
    Authorization = 2,
    RateLimiter = 4,
    OutputCache = 8,
}

/// <summary>Policies by name, and the default one. Names are compared ignoring case, as YARP's documentation says.</summary>
internal sealed record PolicySet<T>(T? Default, FrozenDictionary<string, T> Named) where T : class;

/// <summary>How clients prove who they are: by JWT bearer tokens, as the framework's own <c>Authentication:Schemes</c> say.</summary>
/// <param name="Default">The scheme for policies that name none, or null if there are several and none was chosen.</param>
/// <param name="Names">The names of all schemes.</param>
internal sealed record AuthenticationSchemes(string? Default, IReadOnlyList<string> Names);

/// <summary>What is required of clients.</summary>
/// <param name="Default">The policy of routes that say <c>Default</c>, or null for the framework's own, which requires an authenticated user.</param>
/// <param name="Fallback">The policy of routes that name none, or null if nothing is required there.</param>
/// <param name="Named">The policies by name, ignoring case.</param>
internal sealed record AuthorizationPolicies(AuthorizationPolicy? Default, AuthorizationPolicy? Fallback, FrozenDictionary<string, AuthorizationPolicy> Named);

/// <summary>How many requests are let through.</summary>
/// <param name="RejectionStatusCode">The status of the other requests, 400 to 599. The default is 429 (RFC 6585, section 4).</param>
/// <param name="Global">The limit of all routes together, or null if there is none.</param>
/// <param name="Named">The limits by name, ignoring case.</param>
internal sealed record RateLimits(int RejectionStatusCode, RateLimit? Global, FrozenDictionary<string, RateLimit> Named);

/// <summary>What the output cache keeps.</summary>
/// <param name="SizeLimit">The largest size of all answers together, in bytes.</param>
/// <param name="MaximumBodySize">The largest size of one answer's body, in bytes. A longer answer is passed on and not kept.</param>
/// <param name="DefaultExpiration">The expiration of policies that have none of their own.</param>
/// <param name="UseCaseSensitivePaths">Whether /A and /a have different answers.</param>
/// <param name="Named">The policies by name, ignoring case.</param>
internal sealed record CacheOptions(
    long SizeLimit, long MaximumBodySize, TimeSpan DefaultExpiration, bool UseCaseSensitivePaths, FrozenDictionary<string, CachePolicy> Named);

/// <summary>How long one route's answers are kept, and what tells them apart.</summary>
/// <param name="Expire">The longest time for which an answer is kept. The function may say that it is shorter.</param>
/// <param name="VaryByQuery">The keys of the query by which answers differ. <c>*</c> means all.</param>
/// <param name="VaryByHeader">The request headers by which answers differ.</param>
/// <param name="VaryByHost">Whether answers differ by Host.</param>
/// <param name="Locking">Whether requests wait for an answer that another request has already asked for.</param>
internal sealed record CachePolicy(TimeSpan Expire, string[] VaryByQuery, string[] VaryByHeader, bool VaryByHost, bool Locking);

/// <summary>How answers are compressed.</summary>
/// <param name="Options">The framework's own options.</param>
/// <param name="Encodings">The encodings by their names in HTTP, the preferred one first.</param>
/// <param name="Level">How hard the encoders try.</param>
internal sealed record ResponseCompressionSettings(ResponseCompressionOptions Options, IReadOnlyList<string> Encodings, System.IO.Compression.CompressionLevel Level);

/// <summary>How requests on plain addresses are redirected to https.</summary>
/// <param name="Port">The port to which clients of shared addresses are sent.</param>
/// <param name="StatusCode">The status of the redirection: 301, 302, 307 or 308.</param>
/// <param name="Listen">Whether plain <c>Listen</c> addresses of a function redirect too, if it has an https one.</param>
internal sealed record HttpsRedirect(int Port, int StatusCode, bool Listen);
