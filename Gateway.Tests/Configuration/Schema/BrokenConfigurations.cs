using Xunit;

namespace Gateway.Tests.Configuration.Schema;

/// <summary>Configurations with one mistake or several, and where they are.</summary>
public static class BrokenConfigurations
{
    /// <summary>Mistakes that a schema can express, and the paths of all of them.</summary>
    public static TheoryData<string, string> ForBoth { get; } = new()
    {
        // Keys that nobody reads, at every level.
        { """{ "Gatway": {}, "ReverseProxi": {} }""", "Gatway ReverseProxi" },
        { """{ "Gateway": { "Admn": {}, "Ebpf": { "Mod": "Off" }, "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Prot": 1, "Ready": { "Pth": "/" } } } } }""", "Gateway:Admn Gateway:Ebpf:Mod Gateway:Functions:a:Prot Gateway:Functions:a:Ready:Pth" },
        { """{ "Kestrel": { "Endpoint": {}, "Limits": { "MaxRequestHeaderCont": 1, "Http3": { "MaxFrameSize": 20000 } } } }""", "Kestrel:Endpoint Kestrel:Limits:MaxRequestHeaderCont Kestrel:Limits:Http3:MaxFrameSize" },
        { """{ "ReverseProxy": { "Rotes": {}, "Clusters": { "c": { "Destinations": { "d": { "Address": "http://127.0.0.1:1", "Adress": "x" } } } } } }""", "ReverseProxy:Rotes ReverseProxy:Clusters:c:Destinations:d:Adress" },
        { """{ "Cors": { "Policy": {} }, "Hsts": { "MaxAgeDays": 1 }, "OutputCache": { "Policies": { "p": { "Expires": "00:01:00" } } } }""", "Cors:Policy Hsts:MaxAgeDays OutputCache:Policies:p:Expires" },
        { """{ "ReverseProxy": { "Routes": { "r": { "RouteId": "r", "ClusterId": "c", "Match": { "Path": "/x" } } }, "Clusters": { "c": {} } } }""", "ReverseProxy:Routes:r:RouteId" },
        // Wrong types.
        { """{ "Gateway": { "ServerTiming": "yes", "Functions": { "a": { "Runtime": "Process", "Command": "x", "Environment": ["A"], "Scale": 3 } } } }""", "Gateway:ServerTiming Gateway:Functions:a:Command Gateway:Functions:a:Environment Gateway:Functions:a:Scale" },
        { """{ "Gateway": { "Name": { "a": 1 }, "Docker": { "KeptNetworks": true }, "Functions": [ "a" ] } }""", "Gateway:Name Gateway:Docker:KeptNetworks Gateway:Functions" },
        { """{ "Gateway": "on", "Kestrel": [ "http://*:80" ], "ReverseProxy": 1 }""", "Gateway Kestrel ReverseProxy" },
        { """{ "Kestrel": { "Endpoints": { "a": "http://*:81" }, "Certificates": { "Default": "cert.pem" } } }""", "Kestrel:Endpoints:a Kestrel:Endpoints:a:Url Kestrel:Certificates:Default Kestrel:Certificates:Default" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Docker", "Image": "a", "Init": 1, "Labels": { "a": { "b": "c" } }, "Cpu": "0.5" } } } }""", "Gateway:Functions:a:Init Gateway:Functions:a:Labels:a Gateway:Functions:a:Cpu" },
        // Out of range.
        { """{ "Gateway": { "Budget": { "Concurrent": 0, "PerMinute": 1000001 }, "Trust": { "Threshold": 1.5 }, "ForwardedHeaders": { "ForwardLimit": 17 } } }""", "Gateway:Budget:Concurrent Gateway:Budget:PerMinute Gateway:Trust:Threshold Gateway:ForwardedHeaders:ForwardLimit" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Port": 65536, "OpenFiles": 15, "Pids": 0, "Hold": { "MaxRequests": -1, "MaxPerClient": 0 }, "Scale": { "Max": 1001, "Concurrency": 0 } } } } }""", "Gateway:Functions:a:Port Gateway:Functions:a:OpenFiles Gateway:Functions:a:Pids Gateway:Functions:a:Hold:MaxRequests Gateway:Functions:a:Hold:MaxPerClient Gateway:Functions:a:Scale:Max Gateway:Functions:a:Scale:Concurrency" },
        { """{ "Gateway": { "Ebpf": { "ReturningClients": { "Precision": -0.1, "Remember": 1023 }, "Limits": { "PerSource": { "PerSecond": 1000001, "Burst": 0 }, "Remember": 1000001 } } } }""", "Gateway:Ebpf:ReturningClients:Precision Gateway:Ebpf:ReturningClients:Remember Gateway:Ebpf:Limits:PerSource:PerSecond Gateway:Ebpf:Limits:PerSource:Burst Gateway:Ebpf:Limits:Remember" },
        { """{ "Kestrel": { "Limits": { "MaxConcurrentConnections": 0, "Http2": { "MaxFrameSize": 1000, "InitialStreamWindowSize": 1 } } } }""", "Kestrel:Limits:MaxConcurrentConnections Kestrel:Limits:Http2:MaxFrameSize Kestrel:Limits:Http2:InitialStreamWindowSize" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Podman", "Image": "a", "Cpu": { "Limit": 0, "Shares": 1 }, "HealthCheck": { "Retries": 0 } } } } }""", "Gateway:Functions:a:Cpu:Limit Gateway:Functions:a:Cpu:Shares Gateway:Functions:a:HealthCheck:Retries" },
        // Numbers that are none.
        { """{ "Gateway": { "Limits": { "Connections": "many", "Held": 1.5 } }, "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Order": "first", "Match": { "Path": "/x" } } }, "Clusters": { "c": {} } } }""", "Gateway:Limits:Connections Gateway:Limits:Held ReverseProxy:Routes:r:Order" },
        // Words.
        { """{ "Gateway": { "FastOpen": "Yes", "Ebpf": { "Mode": "Maybe", "Xdp": "Skb" }, "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "WakeOn": "Sin", "Protocol": "h3", "Idle": { "Tier": "Asleep" } } } } }""", "Gateway:FastOpen Gateway:Ebpf:Mode Gateway:Ebpf:Xdp Gateway:Functions:a:WakeOn Gateway:Functions:a:Protocol Gateway:Functions:a:Idle:Tier" },
        { """{ "Kestrel": { "EndpointDefaults": { "Protocols": "Http1AndHttp", "SslProtocols": ["Tls14"], "ClientCertificateMode": "Require" } } }""", "Kestrel:EndpointDefaults:Protocols Kestrel:EndpointDefaults:SslProtocols:0 Kestrel:EndpointDefaults:ClientCertificateMode" },
        { """{ "ReverseProxy": { "Clusters": { "c": { "LoadBalancingPolicy": "RoundRobn", "HttpRequest": { "Version": "2.5", "VersionPolicy": "Exact" }, "SessionAffinity": { "Cookie": { "SameSite": "No" } }, "HealthCheck": { "Passive": { "Policy": "Rate" } } } } } }""", "ReverseProxy:Clusters:c:LoadBalancingPolicy ReverseProxy:Clusters:c:HttpRequest:Version ReverseProxy:Clusters:c:HttpRequest:VersionPolicy ReverseProxy:Clusters:c:SessionAffinity:Cookie:SameSite ReverseProxy:Clusters:c:HealthCheck:Passive:Policy" },
        { """{ "HttpsRedirection": { "HttpsPort": 443, "RedirectStatusCode": 200, "Listen": true }, "ResponseCompression": { "Level": "Best", "Providers": ["zstd"], "MimeTypes": ["text"] } }""", "HttpsRedirection:RedirectStatusCode ResponseCompression:Level ResponseCompression:Providers:0 ResponseCompression:MimeTypes:0" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Docker", "Image": "a", "Pull": "Sometimes", "Capabilities": ["NET_ADMIM"], "HealthCheck": "Off" } } } }""", "Gateway:Functions:a:Pull Gateway:Functions:a:Capabilities:0 Gateway:Functions:a:HealthCheck" },
        // Times.
        { """{ "Gateway": { "Restart": { "Drain": 30, "Keep": "1m" }, "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "StopTimeout": "10", "Idle": { "After": "5:00" }, "Ready": { "Timeout": "00:00:61" }, "Hold": { "Timeout": "24:00:00" } } } } }""", "Gateway:Restart:Drain Gateway:Restart:Keep Gateway:Functions:a:StopTimeout Gateway:Functions:a:Idle:After Gateway:Functions:a:Ready:Timeout Gateway:Functions:a:Hold:Timeout" },
        { """{ "Kestrel": { "Limits": { "KeepAliveTimeout": "130", "Http2": { "KeepAlivePingDelay": true } } }, "RequestTimeouts": { "DefaultPolicy": { "Timeout": "30s" } } }""", "Kestrel:Limits:KeepAliveTimeout Kestrel:Limits:Http2:KeepAlivePingDelay RequestTimeouts:DefaultPolicy:Timeout" },
        // Levels of the framework's log, with which it would not start.
        { """{ "Logging": { "LogLevel": { "Default": "Debg" }, "Console": { "LogLevel": { "Yarp": "Loud" }, "FormatterName": "json" }, "Debug": [ 1 ] } }""", "Logging:LogLevel:Default Logging:Console:LogLevel:Yarp Logging:Debug" },
        // Sizes.
        { """{ "Gateway": { "Memory": { "Budget": "much" }, "Limits": { "HeldBytes": "64 Mega" }, "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Memory": "1XB" } } }, "OutputCache": { "SizeLimit": "-1" } }""", "Gateway:Memory:Budget Gateway:Limits:HeldBytes Gateway:Functions:a:Memory OutputCache:SizeLimit" },
        // Addresses.
        { """{ "Gateway": { "Admin": { "Url": "127.0.0.1:9090" }, "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Listen": ["http://*", "ftp://*:81", "http://*:82/path"] } } } }""", "Gateway:Admin:Url Gateway:Functions:a:Listen:0 Gateway:Functions:a:Listen:1 Gateway:Functions:a:Listen:2" },
        { """{ "Kestrel": { "Endpoints": { "a": { "Url": "ftp://*:81" }, "b": { "Url": "not an address" }, "c": {} } } }""", "Kestrel:Endpoints:a:Url Kestrel:Endpoints:b:Url Kestrel:Endpoints:c:Url" },
        { """{ "Gateway": { "Docker": { "Endpoint": "/var/run/docker.sock" }, "Podman": { "Endpoint": "ssh://host" } }, "ReverseProxy": { "Clusters": { "c": { "Destinations": { "d": { "Address": "10.0.0.1:80" } }, "HttpClient": { "WebProxy": { "Address": "proxy:3128" } } } } } }""", "Gateway:Docker:Endpoint Gateway:Podman:Endpoint ReverseProxy:Clusters:c:Destinations:d:Address ReverseProxy:Clusters:c:HttpClient:WebProxy:Address" },
        { """{ "Gateway": { "Access": { "Allow": ["everybody"], "Deny": ["10.0.0.0/8/8"] }, "ForwardedHeaders": { "KnownProxies": ["proxy.example"] }, "ProxyProtocol": { "From": ["10.0.0.*"] } } }""", "Gateway:Access:Allow:0 Gateway:Access:Deny:0 Gateway:ForwardedHeaders:KnownProxies:0 Gateway:ProxyProtocol:From:0" },
        // Names and other texts with a form.
        { """{ "Gateway": { "Name": "my gateway", "Functions": { "-a": { "Runtime": "Process", "Command": ["x"] }, "a": { "Runtime": "Process", "Command": ["x"], "SynId": "much too long for it", "Ready": { "Path": "healthz" } } } } }""", "Gateway:Name Gateway:Functions:-a Gateway:Functions:a:SynId Gateway:Functions:a:Ready:Path" },
        { """{ "Gateway": { "Admin": { "Token": "short", "Hosts": ["*.example"] }, "Headers": { "Remove": ["X Real IP"] }, "Ebpf": { "Interfaces": ["eth/0"] } } }""", "Gateway:Admin:Token Gateway:Admin:Hosts:0 Gateway:Headers:Remove:0 Gateway:Ebpf:Interfaces:0" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Docker", "Image": "a b", "User": "a:b:c", "Network": "my net", "Networks": ["../x"], "Volumes": ["data", "/srv:www"] } } } }""", "Gateway:Functions:a:Image Gateway:Functions:a:User Gateway:Functions:a:Network Gateway:Functions:a:Networks:0 Gateway:Functions:a:Volumes:0 Gateway:Functions:a:Volumes:1" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Environment": { "A=B": "c" } } } }, "Kestrel": { "Endpoints": { "a": { "Url": "http://*:81", "Sni": { "a b": {} } } } } }""", "Gateway:Functions:a:Environment Kestrel:Endpoints:a:Sni Kestrel:Endpoints:a:Sni:a~b Kestrel:Endpoints:a:Sni:a~b" },
        // What cannot be left out.
        { """{ "Gateway": { "Functions": { "a": {}, "b": { "Runtime": "Process" }, "c": { "Runtime": "Docker" } } } }""", "Gateway:Functions:a Gateway:Functions:b Gateway:Functions:c" },
        { """{ "ReverseProxy": { "Routes": { "r": { "Match": { "Path": "/x" } }, "s": { "ClusterId": "c" }, "t": { "ClusterId": "c", "Match": { "Methods": ["GET"] } } }, "Clusters": { "c": { "Destinations": { "d": {} } } } } }""", "ReverseProxy:Routes:r ReverseProxy:Routes:s:Match ReverseProxy:Routes:t:Match ReverseProxy:Clusters:c:Destinations:d" },
        { """{ "RateLimiter": { "Policies": { "p": { "FixedWindow": { "PermitLimit": 1 } }, "q": { "TokenBucket": {} }, "r": {} } }, "RequestTimeouts": { "Policies": { "p": {} } } }""", "RateLimiter:Policies:p:FixedWindow:Window RateLimiter:Policies:q RateLimiter:Policies:r RequestTimeouts:Policies:p:Timeout" },
        { """{ "Kestrel": { "Limits": { "MinRequestBodyDataRate": { "GracePeriod": "00:00:10" } } }, "Authentication": {} }""", "Kestrel:Limits:MinRequestBodyDataRate Authentication:Schemes" },
        // The keys of another runtime, and a runtime that there is not.
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Image": "a", "Volumes": ["/data"], "Cpu": {"Shares": 10}, "Pull": "Never" }, "b": { "Runtime": "Docker", "Image": "b", "WorkingDirectory": "/", "OpenFiles": 1024 } } } }""", "Gateway:Functions:a:Image Gateway:Functions:a:Volumes Gateway:Functions:a:Cpu Gateway:Functions:a:Pull Gateway:Functions:b:WorkingDirectory Gateway:Functions:b:OpenFiles" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Dokcer", "Image": "a" }, "b": { "Runtime": "Swarm", "Image": "b" } } } }""", "Gateway:Functions:a:Runtime Gateway:Functions:b:Runtime" },
        // Lists.
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x", null, { "a": 1 }], "Listen": "http://*:81", "Access": { "Allow": { "a": "10.0.0.0/8" } } } } } }""", "Gateway:Functions:a:Command:1 Gateway:Functions:a:Command:2 Gateway:Functions:a:Listen Gateway:Functions:a:Access:Allow" },
        { """{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Hosts": ["a/b", "a:b:c"], "Methods": ["FETCH"], "Headers": [ { "Name": "X", "Mode": "Like", "Values": ["a"] }, "X" ] } } }, "Clusters": { "c": {} } } }""", "ReverseProxy:Routes:r:Match:Hosts:0 ReverseProxy:Routes:r:Match:Hosts:1 ReverseProxy:Routes:r:Match:Methods:0 ReverseProxy:Routes:r:Match:Headers:0:Mode ReverseProxy:Routes:r:Match:Headers:1 ReverseProxy:Routes:r:Match:Headers:1 ReverseProxy:Routes:r:Match:Headers:1" },
        { """{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "Transforms": [ { "PathRemovPrefix": "/x" }, {}, { "PathPrefix": null } ] } }, "Clusters": { "c": {} } } }""", "ReverseProxy:Routes:r:Transforms:0 ReverseProxy:Routes:r:Transforms:1 ReverseProxy:Routes:r:Transforms:2:PathPrefix" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Docker", "Image": "a", "Volumes": [ { "Source": "x" }, { "Type": "nfs", "Target": "/a" }, { "Type": "volume", "Target": "data", "Sauce": 1 } ] } } } }""", "Gateway:Functions:a:Volumes:0 Gateway:Functions:a:Volumes:1:Type Gateway:Functions:a:Volumes:2 Gateway:Functions:a:Volumes:2:Sauce" },
        // Policies.
        { """{ "Cors": { "Policies": { "p": { "Origins": ["app.example", "https://app.example/path"], "AllowAnyMethod": "maybe", "PreflightMaxAge": 600 } } } }""", "Cors:Policies:p:Origins:0 Cors:Policies:p:Origins:1 Cors:Policies:p:AllowAnyMethod Cors:Policies:p:PreflightMaxAge" },
        { """{ "RateLimiter": { "RejectionStatusCode": 200, "GlobalLimiter": { "PartitionBy": "Cookie", "FixedWindow": { "PermitLimit": 0, "Window": "00:00:01" } }, "Policies": { "p": { "Concurrency": { "PermitLimit": 1 }, "TokenBucket": { "TokenLimit": 1 } } } } }""", "RateLimiter:RejectionStatusCode RateLimiter:GlobalLimiter:PartitionBy RateLimiter:GlobalLimiter:FixedWindow:PermitLimit RateLimiter:Policies:p" },
        { """{ "Authentication": { "Schemes": { "Bearer": { "Authority": "id.example", "ValidAudience": "api", "SaveToken": "no", "SigningKeys": [ { "Issuer": "me" } ] } } } }""", "Authentication:Schemes:Bearer:Authority Authentication:Schemes:Bearer:SaveToken Authentication:Schemes:Bearer:SigningKeys:0:Issuer Authentication:Schemes:Bearer:SigningKeys:0:Value" },
        { """{ "Authentication": { "Schemes": { "Bearer": { "Authority": "https://id.example", "ValidAudience": "api" } } }, "Authorization": { "DefaultPolicy": { "RequireRole": "admin" }, "Policies": { "p": { "RequireClaim": { "scope": "read" } , "RequireUser": "x" } } } }""", "Authorization:DefaultPolicy:RequireRole Authorization:DefaultPolicy Authorization:Policies:p:RequireClaim:scope Authorization:Policies:p:RequireUser" },
    };

    /// <summary>Mistakes that only <c>check</c> finds, the paths of all of them, and why.</summary>
    public static TheoryData<string, string, string> ForCheckAlone { get; } = new()
    {
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Listen": ["http://*:81"] }, "b": { "Runtime": "Process", "Command": ["x"], "Listen": ["http://*:81"] } } } }""", "Gateway:Functions:b:Listen:0", "a schema compares no two values" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "SynId": "s" }, "b": { "Runtime": "Process", "Command": ["x"], "SynId": "s" } } } }""", "Gateway:Functions:b:SynId", "a schema compares no two values" },
        { """{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "d", "Match": { "Path": "/x" } } } } }""", "ReverseProxy:Routes:r:ClusterId", "whether a cluster of that name exists is a comparison" },
        { """{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" } }, "s": { "ClusterId": "c", "Match": { "Path": "/x" } } }, "Clusters": { "c": {} } } }""", "ReverseProxy:Routes:s", "two routes are compared" },
        { """{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "CorsPolicy": "nowhere" } }, "Clusters": { "c": {} } } }""", "ReverseProxy:Routes:r:CorsPolicy", "whether a policy of that name exists is a comparison" },
        { """{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/{a" } } }, "Clusters": { "c": {} } } }""", "ReverseProxy:Routes:r:Match:Path", "routing has a grammar of its own" },
        { """{ "ReverseProxy": { "Routes": { "r": { "ClusterId": "c", "Match": { "Path": "/x" }, "Transforms": [ { "RequestHeader": "a b", "Set": "c" } ] } }, "Clusters": { "c": {} } } }""", "ReverseProxy:Routes:r:Transforms:0:RequestHeader", "YARP judges transforms" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Hold": { "Timeout": "2.00:00:00" } } } } }""", "Gateway:Functions:a:Hold:Timeout", "a time is a text, of which a schema knows no range" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Port": "65536" } } } }""", "Gateway:Functions:a:Port", "a number in quotes is a text, of which a schema knows no range" },
        { """{ "Gateway": { "Memory": { "Budget": "1KiB" } } }""", "Gateway:Memory:Budget", "a size is a text, of which a schema knows no range" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Listen": ["http://*:0", "http://a.example:81"] } } } }""", "Gateway:Functions:a:Listen:0 Gateway:Functions:a:Listen:1", "a pattern tells no address from a name, and no port from a number" },
        { """{ "Gateway": { "Access": { "Allow": ["10.0.0.1/8"], "Deny": ["10.0.0.0/33"] } } }""", "Gateway:Access:Allow:0 Gateway:Access:Deny:0", "a pattern does not calculate" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "Scale": { "Min": 2 } } } } }""", "Gateway:Functions:a:Scale:Min", "a number is compared with another" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Docker", "Image": "a", "Idle": { "Tier": "Stopped", "Deepest": "Paused" } } } } }""", "Gateway:Functions:a:Idle:Deepest", "whether there is something to choose depends on the word of another key" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Docker", "Image": "a", "Volumes": [ { "Type": "tmpfs", "Target": "/a", "Source": "b" } ] } } } }""", "Gateway:Functions:a:Volumes:0", "the reader asks for the same keys of every type, and refuses afterwards" },
        { """{ "Gateway": { "Admin": { "Token": "0123456789abcdef", "TokenFile": "x" } } }""", "Gateway:Admin:TokenFile", "the reader asks for both keys, and refuses afterwards" },
        { """{ "Kestrel": { "Endpoints": { "a": { "Url": "http://*:81", "Certificate": { "Path": "x" } } } } }""", "Kestrel:Endpoints:a:Certificate Kestrel:Endpoints:a:Certificate:Path", "whether the scheme is https is part of another text, and files are the machine's" },
        { """{ "Kestrel": { "Certificates": { "Default": { "Path": "no.pem", "KeyPath": "no.key" } } } }""", "Kestrel:Certificates:Default:Path", "files are the machine's" },
        { """{ "Kestrel": { "Endpoints": { "a": { "Url": "http://203.0.113.7:81" } } } }""", "Kestrel:Endpoints:a:Url", "addresses are the machine's" },
        { """{ "Kestrel": { "Limits": { "MaxRequestLineSize": 2000000 } } }""", "Kestrel:Limits:MaxRequestLineSize", "a number is compared with the default of another" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": [""] } } } }""", "Gateway:Functions:a:Command", "the first item of the list alone cannot be empty" },
        { """{ "Cors": { "Policies": { "p": {} } } }""", "Cors:Policies:p:Origins", "Origins is needed unless AllowAnyOrigin is true" },
        { """{ "Authorization": { "DefaultPolicy": { "RequireAuthenticatedUser": true } } }""", "Authorization:DefaultPolicy", "another section has the schemes" },
        { """{ "Gateway": { "Functions": { "a": { "Runtime": "Process", "Command": ["x"], "User": "no-such-account" } } } }""", "Gateway:Functions:a:User", "accounts are the machine's" },
    };

    /// <summary>What both take, of all sections.</summary>
    public static TheoryData<string> Good { get; } =
    [
        "{}",
        """{ "$schema": "./appsettings.schema.json", "Logging": { "LogLevel": { "Default": "Debug", "Yarp": "Warning" } }, "AllowedHosts": "*", "ConnectionStrings": { "a": "b" }, "DOCKER_HOST": "unix:///x" }""",
        """
        { "Kestrel": {
            "Endpoints": { "a": { "Url": "http://*:81", "Protocols": "http1" }, "b": { "Url": "http://unix:/run/x.sock" } },
            "EndpointDefaults": { "Protocols": "Http1, Http2", "SslProtocols": ["Tls13"], "ClientCertificateMode": "AllowCertificate" },
            "Limits": { "MaxRequestBodySize": null, "MaxRequestBufferSize": null, "KeepAliveTimeout": "00:02:10", "MinResponseDataRate": null,
              "MinRequestBodyDataRate": { "BytesPerSecond": 0.5, "GracePeriod": "00:00:10" },
              "Http2": { "MaxStreamsPerConnection": "50", "KeepAlivePingDelay": "00:00:30" }, "Http3": { "MaxRequestHeaderFieldSize": 4096 } } } }
        """,
        """
        { "Gateway": { "Name": "a", "ServerTiming": "true", "FastOpen": "On", "Admin": { "Url": "http://localhost:9191", "Hosts": ["gateway.internal", "::1"], "Token": "0123456789abcdef" },
            "Headers": { "Remove": [], "Underscores": true }, "ForwardedHeaders": { "KnownProxies": ["10.0.0.0/8"], "ForwardLimit": 2, "Host": true }, "ProxyProtocol": { "From": ["::1"], "Timeout": "00:00:03" },
            "Ebpf": { "Mode": "Auto", "Xdp": "Generic", "Interfaces": ["eth0"], "Limits": { "PerSource": null, "Total": { "PerSecond": 0.1, "Burst": 5 }, "ProvenFor": "00:00:00" } },
            "Access": { "Allow": ["10.0.0.0/8", "2001:db8::/32"], "Deny": ["10.0.0.7"] }, "State": { "Path": "" }, "Memory": { "Budget": 2147483648 }, "Limits": { "HeldBytes": "64 MiB" },
            "Docker": { "Endpoint": "tcp://127.0.0.1:2375", "Gate": "", "KeptNetworks": 0 }, "Restart": { "Drain": "1.00:00:00" },
            "Functions": {
              "p": { "Runtime": "Process", "Command": ["x", 5, true], "Environment": { "A": 150, "B": true, "C": null }, "Listen": ["http://127.0.0.9:82", "http://[::1]:8100-8110/"], "Port": "1234",
                "Route": { "Timeout": "00:01:00", "MaxRequestBodySize": -1, "Transforms": [ { "X-Forwarded": "Append", "Prefix": "Off" } ], "Metadata": { "a": "b" } }, "User": "root", "Ready": { "Path": "/", "Host": "[::1]:80" } },
              "d": { "Runtime": "Docker", "Image": "a", "Network": { "Name": "bridge", "Keep": true }, "Networks": [], "Volumes": ["data:/d:ro", "/own", "tmpfs:/run:size=64m,mode=1777", { "Type": "bind", "Source": "/a", "Target": "/b" }],
                "HealthCheck": { "Test": "curl localhost", "Interval": "00:00:01" }, "Capabilities": ["cap_net_raw", "CHOWN"], "Cpu": { "Limit": 0.5, "Boost": true }, "User": 1000, "Idle": { "Tier": "Auto", "Deepest": "Stopped" } },
              "q": { "Runtime": "Podman", "Image": "a", "Network": "host", "HealthCheck": "None", "Labels": { "a": "b" }, "Command": null, "Listen": [] } } } }
        """,
        """
        { "ReverseProxy": {
            "Routes": { "r": { "ClusterId": "c", "Order": -1, "Match": { "Hosts": ["*.a.example:8443", "*"], "Methods": ["GET"], "Headers": [ { "Name": "X", "Mode": "Exists" } ], "QueryParameters": [ { "Name": "q", "Values": ["1"] } ] },
              "Transforms": [ { "PathRemovePrefix": "/a" }, { "RequestHeader": "X-A", "Set": "b" }, { "QueryValueParameter": "a", "Append": 5 } ], "TimeoutPolicy": "Disable" } },
            "Clusters": { "c": { "LoadBalancingPolicy": "", "Destinations": { "d": { "Address": "http://127.0.0.1:5000", "Metadata": { "a": 1 } } }, "HttpRequest": { "Version": 2, "ActivityTimeout": "00:01:00" },
              "HealthCheck": { "Active": { "Enabled": "true", "Interval": "00:00:10", "Path": "", "Query": "?a" } }, "HttpClient": { "RequestHeaderEncoding": "latin1", "WebProxy": { "Address": "socks5://proxy.example:1080" } },
              "SessionAffinity": { "Enabled": true, "AffinityKeyName": "a", "Policy": "Cookie", "Cookie": { "SameSite": "Lax", "MaxAge": "1.00:00:00" } } } } } }
        """,
        """
        { "Kestrel": { "Endpoints": { "a": { "Url": "http://*:81" } } },
          "Authentication": { "Schemes": { "Bearer": { "Authority": "https://id.example", "ValidAudience": "api", "ValidIssuers": ["me"], "SigningKeys": [ { "Issuer": "me", "Value": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" } ] } } },
          "Authorization": { "FallbackPolicy": { "RequireAuthenticatedUser": true }, "Policies": { "p": { "RequireClaim": { "scope": ["read"], "tenant": [] }, "RequireRole": ["a"] } } },
          "Cors": { "DefaultPolicy": { "AllowAnyOrigin": true }, "Policies": { "p": { "Origins": ["https://*.app.example:8443"], "PreflightMaxAge": "00:10:00" } } },
          "RateLimiter": { "GlobalLimiter": { "PartitionBy": "Header:X-Api-Key", "SlidingWindow": { "PermitLimit": 1, "Window": "00:00:01", "SegmentsPerWindow": 2, "QueueProcessingOrder": "NewestFirst" } }, "Policies": { "p": { "PartitionBy": "User", "Concurrency": { "PermitLimit": 1 } } } },
          "OutputCache": { "SizeLimit": 1000, "Policies": { "p": { "Expire": "00:00:05", "VaryByQuery": ["*"], "VaryByHeader": ["Accept"] } } }, "RequestTimeouts": { "DefaultPolicy": { "Timeout": "00:00:05", "TimeoutStatusCode": 503 } },
          "ResponseCompression": { "Providers": ["gzip"], "MimeTypes": ["text/*"], "Level": "Optimal" }, "HttpsRedirection": { "HttpsPort": 443, "RedirectStatusCode": 308 }, "Hsts": { "MaxAge": "365.00:00:00", "ExcludedHosts": [] } }
        """,
    ];

    /// <summary>All of them.</summary>
    public static TheoryData<string> All => [.. ForBoth.Select(row => row.Data.Item1), .. ForCheckAlone.Select(row => row.Data.Item1), .. Good.Select(row => row.Data)];
}
