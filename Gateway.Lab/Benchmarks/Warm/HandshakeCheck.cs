using System.Net;
using System.Net.Security;
using Gateway.Lab.Networking;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>Checks that all subjects do the same: give the function's answer by the same protocol under the same cipher.</summary>
internal static class HandshakeCheck
{
    /// <returns>Returns the cipher suite that all subjects choose.</returns>
    /// <exception cref="LabException">The subjects differ, or one does not serve a case.</exception>
    public static async Task<string> RunAsync(WarmSubjects subjects, CancellationToken cancellationToken)
    {
        Dictionary<string, string> chosen = new(StringComparer.Ordinal);
        foreach (var subject in subjects.All)
        {
            foreach (var @case in WarmCase.All)
            {
                var cipher = await AskAsync(subjects.Namespace, subject, @case, cancellationToken);
                if (@case.Tls)
                {
                    chosen[subject.Name] = cipher;
                }
            }
        }

        return chosen.Values.Distinct(StringComparer.Ordinal).Count() == 1
            ? chosen.Values.First()
            : throw new LabException($"Not the same cipher for all: {string.Join(", ", chosen.Select(one => $"{one.Key} {one.Value}"))}");
    }

    private static async Task<string> AskAsync(NetworkNamespace space, WarmSubject subject, WarmCase @case, CancellationToken cancellationToken)
    {
        var cipher = "";
        using var client = space.CreateHttpClient(configure: handler =>
        {
#pragma warning disable CA5359 // The lab's own certificate, over loopback: what is asked is the cipher.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
            handler.PlaintextStreamFilter = (context, _) =>
            {
                cipher = context.PlaintextStream is SslStream secured ? $"{secured.SslProtocol} {secured.NegotiatedCipherSuite}" : "";
                return new(context.PlaintextStream);
            };
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, subject.Ports.Url(@case))
        {
            Version = @case.IsHttp2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        try
        {
            using var response = await client.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.StatusCode == HttpStatusCode.OK && body.StartsWith("hello", StringComparison.Ordinal)
                ? cipher
                : throw new LabException($"{subject.Name} answers {@case.Name} with {(int)response.StatusCode}: {body}");
        }
        catch (HttpRequestException error)
        {
            throw new LabException($"{subject.Name} does not answer {@case.Name}: {error.Message}", error);
        }
    }
}
