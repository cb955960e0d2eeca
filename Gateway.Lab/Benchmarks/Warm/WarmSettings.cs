using System.Text.Json.Nodes;

namespace Gateway.Lab.Benchmarks.Warm;

/// <summary>
/// The same to each: three addresses, TLS 1.3 only, connections to the function kept, X-Forwarded-* as YARP sets them, one
/// thread, no access log. nginx and haproxy have a fourth address, for bytes.
/// </summary>
internal static class WarmSettings
{
    /// <summary>More than any case opens.</summary>
    private const int Connections = 128;

    private const string StreamModule = "/usr/lib/nginx/modules/ngx_stream_module.so";

    public static JsonObject Kestrel(WarmPorts ports, LabCertificate certificate) => new()
    {
        ["Certificates"] = BenchSettings.Certificates(certificate),
        ["Endpoints"] = new JsonObject
        {
            ["plain"] = new JsonObject { ["Url"] = $"http://{WarmPorts.Address}:{ports.Plain}", ["Protocols"] = "Http1" },
            ["http2"] = new JsonObject { ["Url"] = $"http://{WarmPorts.Address}:{ports.PlainHttp2}", ["Protocols"] = "Http2" },
            ["tls"] = new JsonObject { ["Url"] = $"https://{WarmPorts.Address}:{ports.Tls}", ["SslProtocols"] = new JsonArray("Tls13") },
        },
    };

    /// <summary>The one route, YARP's own; null <paramref name="backend"/> where the gateway knows it.</summary>
    public static JsonObject ReverseProxy(int? backend)
    {
        var settings = new JsonObject
        {
            ["Routes"] = new JsonObject
            {
                ["hello"] = new JsonObject { ["ClusterId"] = "hello", ["Match"] = new JsonObject { ["Path"] = "/{**rest}" } },
            },
        };
        if (backend is { } port)
        {
            settings["Clusters"] = new JsonObject
            {
                ["hello"] = new JsonObject
                {
                    ["Destinations"] = new JsonObject { ["hello"] = new JsonObject { ["Address"] = $"http://{WarmPorts.Address}:{port}/" } },
                },
            };
        }

        return settings;
    }

    public static string Nginx(WarmPorts ports, int backend, LabCertificate certificate, string directory) => $$"""
        # Debian has it in a file of its own.
        load_module {{StreamModule}};
        # One process: it does what one worker does, and ends with its parent.
        daemon off;
        master_process off;
        pid {{directory}}/nginx.pid;
        error_log stderr warn;
        events { worker_connections 1024; }
        stream {
            server {
                listen {{WarmPorts.Address}}:{{ports.Bytes}};
                proxy_pass {{WarmPorts.Address}}:{{backend}};
            }
        }
        http {
            access_log off;
            client_body_temp_path {{directory}}/body;
            proxy_temp_path {{directory}}/proxy;
            # A client that is slower than the function makes it wait, and no file of what is ahead.
            proxy_max_temp_file_size 0;
            fastcgi_temp_path {{directory}}/fastcgi;
            uwsgi_temp_path {{directory}}/uwsgi;
            scgi_temp_path {{directory}}/scgi;
            tcp_nodelay on;
            keepalive_requests 1000000000;
            ssl_protocols TLSv1.3;
            ssl_certificate {{certificate.CertificatePath}};
            ssl_certificate_key {{certificate.KeyPath}};
            upstream hello {
                server {{WarmPorts.Address}}:{{backend}};
                keepalive {{Connections}};
                keepalive_requests 1000000000;
            }
            server {
                listen {{WarmPorts.Address}}:{{ports.Plain}};
                listen {{WarmPorts.Address}}:{{ports.PlainHttp2}} http2;
                listen {{WarmPorts.Address}}:{{ports.Tls}} ssl http2;
                location / {
                    proxy_pass http://hello;
                    proxy_http_version 1.1;
                    proxy_set_header Host $host;
                    proxy_set_header Connection "";
                    proxy_set_header X-Forwarded-For $remote_addr;
                    proxy_set_header X-Forwarded-Host $host;
                    proxy_set_header X-Forwarded-Proto $scheme;
                }
            }
        }

        """;

    /// <param name="both">PEM file with certificate and key.</param>
    public static string Haproxy(WarmPorts ports, int backend, string both) => $"""
        global
            nbthread 1
            maxconn 2000
            ssl-default-bind-options ssl-min-ver TLSv1.3
        defaults
            mode http
            no log
            option http-keep-alive
            option forwardfor
            http-reuse always
            timeout connect 5s
            timeout client 60s
            timeout server 60s
        frontend clients
            bind {WarmPorts.Address}:{ports.Plain}
            bind {WarmPorts.Address}:{ports.PlainHttp2} proto h2
            bind {WarmPorts.Address}:{ports.Tls} ssl crt {both} alpn h2,http/1.1
            http-request set-header X-Forwarded-Host %[req.hdr(host)]
            http-request set-header X-Forwarded-Proto https if {"{ ssl_fc }"}
            http-request set-header X-Forwarded-Proto http unless {"{ ssl_fc }"}
            default_backend functions
        backend functions
            server hello {WarmPorts.Address}:{backend} pool-max-conn {Connections}
        defaults
            mode tcp
            no log
            timeout connect 5s
            timeout client 60s
            timeout server 60s
        listen bytes
            bind {WarmPorts.Address}:{ports.Bytes}
            server hello {WarmPorts.Address}:{backend}

        """;
}
