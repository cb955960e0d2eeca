using System.Net;
using System.Security.Cryptography.X509Certificates;
using Gateway.Lab;
using Gateway.Lab.Networking;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Tests.Lab;

/// <summary>Kestrel of this process, listening inside a namespace: 80 plain, 443 with TLS. Answers "served".</summary>
internal static class NamespaceServer
{
    public static async Task<WebApplication> StartAsync(NetworkNamespace space, LabCertificate certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.Configure<SocketTransportOptions>(options =>
            options.CreateBoundListenSocket = endpoint => space.Run(() => SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint)));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.IPv6Any, 80);
            kestrel.Listen(IPAddress.IPv6Any, 443, listen => listen.UseHttps(new HttpsConnectionAdapterOptions
            {
                ServerCertificate = X509Certificate2.CreateFromPemFile(certificate.CertificatePath, certificate.KeyPath),
            }));
        });
        var application = builder.Build();
        application.Run(context => context.Response.WriteAsync("served"));
        await application.StartAsync();
        return application;
    }
}
