using System.Collections.Frozen;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.HttpsPolicy;
using Microsoft.AspNetCore.ResponseCompression;

namespace Gateway.Configuration.Policies;

/// <summary>ASP.NET Core's own middlewares, as the user's sections configure them. Null: the section is not there.</summary>
internal sealed record PolicyOptions
{
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

    /// <summary>The kinds of policy that a route or a function's Listen addresses name.</summary>
    public PolicyKinds Named { get; init; }

    public bool UsesCors => Named.HasFlag(PolicyKinds.Cors) || Cors is { Value.Default: not null };

    public bool UsesAuthorization => Named.HasFlag(PolicyKinds.Authorization) || Authorization is { Value.Fallback: not null };

    /// <summary>Who asks is also what requests are counted by, and what keeps an answer out of the cache.</summary>
    public bool UsesAuthentication => Authentication is not null && (UsesAuthorization || UsesRateLimiter || UsesOutputCache);

    public bool UsesRateLimiter => Named.HasFlag(PolicyKinds.RateLimiter) || RateLimiter is { Value.Global: not null };

    public bool UsesOutputCache => Named.HasFlag(PolicyKinds.OutputCache);
}

/// <summary>Kinds of policy that a route names.</summary>
[Flags]
internal enum PolicyKinds
{
    None = 0,
    Cors = 1,
    Authorization = 2,
    RateLimiter = 4,
    OutputCache = 8,
}

/// <summary>Policies by name, which compares ignoring case as YARP's documentation has it, and the one that needs no name.</summary>
internal sealed record PolicySet<T>(T? Default, FrozenDictionary<string, T> Named) where T : class;

/// <summary>How clients prove who they are: JWT bearer tokens, by the framework's own <c>Authentication:Schemes</c>.</summary>
/// <param name="Default">The scheme that is asked when a policy names none; null when there are several and none was chosen.</param>
/// <param name="Names">Of all schemes.</param>
internal sealed record AuthenticationSchemes(string? Default, IReadOnlyList<string> Names);

/// <summary>What is asked of a client.</summary>
/// <param name="Default">Of routes that say <c>Default</c>; the framework's own is an authenticated user.</param>
/// <param name="Fallback">Of routes that name no policy; null: nothing.</param>
/// <param name="Named">By name, ignoring case.</param>
internal sealed record AuthorizationPolicies(AuthorizationPolicy? Default, AuthorizationPolicy? Fallback, FrozenDictionary<string, AuthorizationPolicy> Named);

/// <summary>How many requests are let through.</summary>
/// <param name="RejectionStatusCode">Of the others; 429 (RFC 6585, section 4).</param>
/// <param name="Global">Over all routes; null: no limit.</param>
/// <param name="Named">By name, ignoring case.</param>
internal sealed record RateLimits(int RejectionStatusCode, RateLimit? Global, FrozenDictionary<string, RateLimit> Named);

/// <summary>What the output cache keeps.</summary>
/// <param name="SizeLimit">Of all answers, in bytes.</param>
/// <param name="MaximumBodySize">Of one answer's body, in bytes; a longer one is passed on and not kept.</param>
/// <param name="DefaultExpiration">Of policies that say none.</param>
/// <param name="UseCaseSensitivePaths">Whether /A and /a are two answers.</param>
/// <param name="Named">By name, ignoring case.</param>
internal sealed record CacheOptions(
    long SizeLimit, long MaximumBodySize, TimeSpan DefaultExpiration, bool UseCaseSensitivePaths, FrozenDictionary<string, CachePolicy> Named);

/// <summary>How long one route's answers are kept, and what tells them apart.</summary>
/// <param name="Expire">At most; less where the function says so.</param>
/// <param name="VaryByQuery">Keys of the query; <c>*</c> is all.</param>
/// <param name="VaryByHeader">Names of request headers.</param>
/// <param name="VaryByHost">Whether the Host tells answers apart.</param>
/// <param name="Locking">Whether requests for an answer that is on its way wait for it.</param>
internal sealed record CachePolicy(TimeSpan Expire, string[] VaryByQuery, string[] VaryByHeader, bool VaryByHost, bool Locking);

/// <summary>The framework's options and how hard its encoders try.</summary>
internal sealed record ResponseCompressionSettings(ResponseCompressionOptions Options, IReadOnlyList<string> Encodings, System.IO.Compression.CompressionLevel Level);

/// <summary>Requests on plain addresses are sent to https.</summary>
/// <param name="Port">Where the shared addresses speak https, as clients dial it.</param>
/// <param name="StatusCode">301, 302, 307 or 308.</param>
/// <param name="Listen">Whether functions' plain <c>Listen</c> addresses do so too, where the function has an https one.</param>
internal sealed record HttpsRedirect(int Port, int StatusCode, bool Listen);
