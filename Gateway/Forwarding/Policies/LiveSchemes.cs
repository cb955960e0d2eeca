using Gateway.Configuration;
using Gateway.Configuration.Policies;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.Extensions.Options;

namespace Gateway.Forwarding.Policies;

/// <summary>
/// Keeps the framework's authentication schemes equal to those of the configuration. The options of a changed scheme are read again at its next
/// use, and the keys that it had fetched are fetched again.
/// </summary>
internal sealed class LiveSchemes
{
    private readonly PolicySource _policies;
    private readonly IAuthenticationSchemeProvider _schemes;
    private readonly IOptionsMonitorCache<JwtBearerOptions> _read;
    private readonly AuthenticationOptions _options;
    private PolicySection<AuthenticationSchemes>? _last;
    private HashSet<string> _names = [JwtBearerDefaults.AuthenticationScheme];

    public LiveSchemes(
        PolicySource policies, IAuthenticationSchemeProvider schemes, IOptionsMonitorCache<JwtBearerOptions> read, IOptions<AuthenticationOptions> options)
    {
        (_policies, _schemes, _read, _options) = (policies, schemes, read, options.Value);
        policies.OnChange(Update);
        Follow(policies.Current.Authentication);
    }

    private void Update()
    {
        if (!Equals(_policies.Current.Authentication, _last))
        {
            Follow(_policies.Current.Authentication);
        }
    }

    // The schemes of the configuration before stay known with their options, because its routes may still be in use.
    private void Follow(PolicySection<AuthenticationSchemes>? section)
    {
        var (before, now) = (_last?.Value, section?.Value);
        _last = section;
        var wanted = (now?.Names ?? []).Concat(before?.Names ?? []).ToHashSet(StringComparer.Ordinal);
        foreach (var name in wanted)
        {
            _schemes.TryAddScheme(new AuthenticationScheme(name, displayName: null, typeof(JwtBearerHandler)));
        }

        foreach (var name in now?.Names ?? [])
        {
            _read.TryRemove(name);
        }

        _options.DefaultScheme = now is null ? before?.Default : now.Default;
        foreach (var name in _names.Except(wanted))
        {
            _schemes.RemoveScheme(name);
            _read.TryRemove(name);
        }

        _names = wanted;
    }
}

/// <summary>Has the framework read the options of schemes from the last valid configuration.</summary>
internal sealed class ValidatedAuthentication(ValidatedConfiguration validated) : IAuthenticationConfigurationProvider
{
    public IConfiguration AuthenticationConfiguration => validated.Authentication;
}
