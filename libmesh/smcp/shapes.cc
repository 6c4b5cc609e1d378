// The types of Maistra's v2 API (pkg/apis/maistra/v2) and those of Kubernetes 1.18 that it uses.
#include "libmesh/smcp/shapes.h"

namespace mesh::smcp {

const std::string_view kShapes = R"(
ControlPlaneSpecV1 = template:string profiles:[string] version:string networkType:string istio:*any
  threeScale:*any
ControlPlaneSpec = profiles:[string] version:string mode:string cluster:*Cluster meshConfig:*MeshConfig
  general:*General policy:*Policy proxy:*Proxy security:*Security telemetry:*Telemetry
  tracing:*Tracing gateways:*Gateways runtime:*Runtime addons:*Addons techPreview:*any
Enablement = enabled:*bool

Cluster = name:string network:string multiCluster:*MultiCluster meshExpansion:*MeshExpansion
MultiCluster = +Enablement meshNetworks:{MeshNetwork}
MeshExpansion = +Enablement ilbGateway:*Gateway
MeshNetwork = endpoints:[MeshEndpoint] gateways:[MeshGateway]
MeshEndpoint = fromRegistry:string fromCIDR:string
MeshGateway = service:string registryServiceName:string address:string port:int32

MeshConfig = extensionProviders:[ExtensionProvider] discoverySelectors:[LabelSelector]
ExtensionProvider = name:!string prometheus:*PrometheusProvider zipkin:*ZipkinProvider
  opentelemetry:*OtelTracingProvider envoyOtelAls:*OtelLogProvider
  envoyExtAuthzHttp:*ExtAuthzHttpProvider envoyExtAuthzGrpc:*ExtAuthzGrpcProvider
PrometheusProvider =
ZipkinProvider = service:!string port:!int64 maxTagLength:*int64 enable64bitTraceId:*bool
OtelTracingProvider = service:!string port:!int64 maxTagLength:*int64
OtelLogProvider = service:!string port:!int64 logName:*string
ExtAuthzHttpProvider = service:!string port:!int64 timeout:*string pathPrefix:*string
  failOpen:*bool statusOnError:*string includeRequestHeadersInCheck:[string]
  includeAdditionalHeadersInCheck:{string} includeRequestBodyInCheck:*ExtAuthzRequestBody
  headersToUpstreamOnAllow:[string] headersToDownstreamOnDeny:[string]
  headersToDownstreamOnAllow:[string]
ExtAuthzGrpcProvider = service:!string port:!int64 timeout:*string failOpen:*bool
  statusOnError:*string includeRequestBodyInCheck:*ExtAuthzRequestBody
ExtAuthzRequestBody = maxRequestBytes:*int64 allowPartialMessage:*bool packAsBytes:*bool

General = logging:*Logging validationMessages:*bool
Logging = componentLevels:{string} logAsJSON:*bool
ProxyLogging = level:string componentLevels:{string}

Policy = type:string mixer:*MixerPolicy remote:*RemotePolicy
MixerPolicy = enableChecks:*bool failOpen:*bool sessionAffinity:*bool adapters:*MixerPolicyAdapters
MixerPolicyAdapters = useAdapterCRDs:*bool kubernetesenv:*bool
RemotePolicy = address:string createService:*bool enableChecks:*bool failOpen:*bool

Proxy = logging:*ProxyLogging networking:*ProxyNetworking runtime:*ProxyRuntime
  injection:*ProxyInjection adminPort:int32 concurrency:*int32 accessLogging:*ProxyAccessLogging
  envoyMetricsService:*ProxyEnvoyService
ProxyNetworking = clusterDomain:string connectionTimeout:string maxConnectionAge:string
  initialization:*ProxyNetworkInit trafficControl:*ProxyTrafficControl
  protocol:*ProxyNetworkProtocol dns:*ProxyDNS
ProxyNetworkInit = type:string initContainer:*ProxyInitContainer
ProxyInitContainer = runtime:*Container
ProxyTrafficControl = inbound:!ProxyInbound outbound:!ProxyOutbound
ProxyInbound = interceptionMode:string includedPorts:[string] excludedPorts:[int32]
ProxyOutbound = includedIPRanges:[string] excludedIPRanges:[string] excludedPorts:[int32]
  policy:string
ProxyNetworkProtocol = autoDetect:*ProxyAutoDetect
ProxyAutoDetect = timeout:string inbound:*bool outbound:*bool
ProxyDNS = searchSuffixes:[string] refreshRate:string
ProxyRuntime = readiness:*ProxyReadiness container:*Container
ProxyReadiness = rewriteApplicationProbes:bool statusPort:int32 initialDelaySeconds:int32
  periodSeconds:int32 failureThreshold:int32
ProxyInjection = autoInject:*bool alwaysInjectSelector:[LabelSelector]
  neverInjectSelector:[LabelSelector] injectedAnnotations:{string}
ProxyAccessLogging = file:*ProxyFileAccessLog envoyService:*ProxyEnvoyService
ProxyFileAccessLog = name:string encoding:string format:string
ProxyEnvoyService = +Enablement address:string tcpKeepalive:*TCPKeepalive
  tlsSettings:*ClientTLSSettings
TCPKeepalive = probes:uint32 time:string interval:string
ClientTLSSettings = mode:string clientCertificate:string privateKey:string caCertificates:string
  sni:string subjectAltNames:[string]

Security = trust:*Trust certificateAuthority:*CertificateAuthority identity:*Identity
  controlPlane:*ControlPlaneSecurity dataPlane:*DataPlaneSecurity manageNetworkPolicy:*bool
  jwksResolverCA:string
Trust = domain:string additionalDomains:[string]
CertificateAuthority = type:string istiod:*IstiodCA custom:*CustomCA cert-manager:*CertManagerCA
IstiodCA = type:string selfSigned:*SelfSigned privateKey:*PrivateKey workloadCertTTLDefault:string
  workloadCertTTLMax:string
SelfSigned = ttl:string gracePeriod:string checkPeriod:string enableJitter:*bool
PrivateKey = rootCADir:string
CustomCA = address:string
CertManagerCA = address:string pilotSecretName:string rootCAConfigMapName:string
Identity = type:string thirdParty:*ThirdPartyIdentity
ThirdPartyIdentity = issuer:string audience:string
ControlPlaneSecurity = mtls:*bool certProvider:string tls:*ControlPlaneTLS
ControlPlaneTLS = cipherSuites:[string] ecdhCurves:[string] minProtocolVersion:string
  maxProtocolVersion:string
DataPlaneSecurity = mtls:*bool automtls:*bool

Telemetry = type:string mixer:*MixerTelemetry remote:*RemoteTelemetry
MixerTelemetry = sessionAffinity:*bool loadshedding:*LoadShedding batching:*Batching
  adapters:*MixerTelemetryAdapters
LoadShedding = mode:string latencyThreshold:string
Batching = maxEntries:*int32 maxTime:string
MixerTelemetryAdapters = useAdapterCRDs:*bool kubernetesenv:*bool stdio:*MixerStdio
MixerStdio = +Enablement outputAsJSON:*bool
RemoteTelemetry = address:string createService:*bool batching:*Batching
Tracing = type:string sampling:*int32

Gateways = +Enablement ingress:*ClusterIngress egress:*Egress additionalIngress:{Ingress}
  additionalEgress:{Egress} openshiftRoute:*Enablement
Gateway = +Enablement namespace:string service:!GatewayService routerMode:string
  volumes:[GatewayVolumeMount] runtime:*ComponentRuntime
Egress = +Gateway requestedNetworkView:[string]
Ingress = +Gateway sds:*SDS routeConfig:*Enablement
ClusterIngress = +Ingress ingress:*bool meshExpansionPorts:[ServicePort]
SDS = +Enablement runtime:*Container
GatewayService = +ServiceSpec metadata:*Metadata
GatewayVolumeMount = volume:!GatewayVolume volumeMount:!VolumeMount
GatewayVolume = configMap:*ConfigMapVolume secret:*SecretVolume

Runtime = components:{ComponentRuntime} defaults:*DefaultRuntime
ComponentRuntime = deployment:*DeploymentRuntime pod:*PodRuntime container:*Container
DeploymentRuntime = replicas:*int32 strategy:*DeploymentStrategy autoScaling:*AutoScaler
AutoScaler = +Enablement minReplicas:*int32 maxReplicas:*int32
  targetCPUUtilizationPercentage:*int32
CommonPodRuntime = nodeSelector:{string} tolerations:[Toleration] priorityClassName:string
PodRuntime = +CommonPodRuntime metadata:*Metadata affinity:*RuntimeAffinity
RuntimeAffinity = nodeAffinity:*NodeAffinity podAffinity:*PodAffinity
  podAntiAffinity:!RuntimePodAntiAffinity
RuntimePodAntiAffinity = +PodAffinity requiredDuringScheduling:[AntiAffinityTerm]
  preferredDuringScheduling:[AntiAffinityTerm]
AntiAffinityTerm = +Requirement topologyKey:string
CommonContainer = imageRegistry:string imageTag:string imagePullPolicy:string
  imagePullSecrets:[LocalReference] resources:*Resources
Container = +CommonContainer imageName:string env:{string}
PodDisruption = +Enablement minAvailable:*intstr maxUnavailable:*intstr
DefaultRuntime = deployment:*CommonDeploymentRuntime pod:*CommonPodRuntime
  container:*CommonContainer
CommonDeploymentRuntime = podDisruption:*PodDisruption
Metadata = labels:{string} annotations:{string}
ComponentService = metadata:*Metadata nodePort:*int32 ingress:*ComponentIngress
ComponentIngress = +Enablement metadata:*Metadata hosts:[string] contextPath:string tls:*any
Persistence = +Enablement storageClassName:string accessMode:string capacity:*Resources

Addons = prometheus:*Prometheus stackdriver:*Stackdriver jaeger:*Jaeger grafana:*Grafana
  kiali:*Kiali 3scale:*ThreeScale
Prometheus = +Enablement metricsExpiryDuration:string scrape:*bool install:*PrometheusInstall
  address:*string
PrometheusInstall = selfManaged:bool retention:string scrapeInterval:string
  service:*ComponentService useTLS:*bool
Stackdriver = tracer:*StackdriverTracer telemetry:*StackdriverTelemetry
StackdriverTracer = debug:*bool maxNumberOfAttributes:*int64 maxNumberOfAnnotations:*int64
  maxNumberOfMessageEvents:*int64
StackdriverTelemetry = +Enablement auth:*StackdriverAuth enableContextGraph:*bool
  enableLogging:*bool enableMetrics:*bool accessLogging:*StackdriverAccessLogging
  configOverride:*any
StackdriverAuth = appCredentials:*bool apiKey:string serviceAccountPath:string
StackdriverAccessLogging = +Enablement logWindowDuration:string
Jaeger = name:string install:*JaegerInstall
JaegerInstall = storage:*JaegerStorage ingress:*JaegerIngress
JaegerStorage = type:string memory:*JaegerMemory elasticsearch:*JaegerElasticsearch
JaegerMemory = maxTraces:*int64
JaegerElasticsearch = nodeCount:*int32 storage:*any redundancyPolicy:string indexCleaner:*any
JaegerIngress = +Enablement metadata:*Metadata
Grafana = +Enablement install:*GrafanaInstall address:*string
GrafanaInstall = selfManaged:bool config:*GrafanaConfig service:*ComponentService
  persistence:*Persistence security:*GrafanaSecurity
GrafanaConfig = env:{string} envSecrets:{string}
GrafanaSecurity = +Enablement secretName:string usernameKey:string passphraseKey:string
Kiali = +Enablement name:string install:*KialiInstall
KialiInstall = dashboard:*KialiDashboard service:*ComponentService deployment:*KialiDeployment
KialiDashboard = viewOnly:*bool enableGrafana:*bool enablePrometheus:*bool enableTracing:*bool
KialiDeployment = resources:*Resources affinity:*Affinity nodeSelector:{string}
  tolerations:[Toleration]
ThreeScale = +Enablement listen_addr:*int32 log_grpc:*bool log_json:*bool log_level:string
  metrics:*ThreeScaleMetrics system:*ThreeScaleSystem client:*ThreeScaleClient grpc:*ThreeScaleGRPC
  backend:*ThreeScaleBackend
ThreeScaleMetrics = port:*int32 report:*bool
ThreeScaleSystem = cache_max_size:*int64 cache_refresh_retries:*int32
  cache_refresh_interval:*int32 cache_ttl:*int32
ThreeScaleClient = allow_insecure_connections:*bool timeout:*int32
ThreeScaleGRPC = max_conn_timeout:*int32
ThreeScaleBackend = enable_cache:*bool cache_flush_interval:*int32 policy_fail_closed:*bool

LabelSelector = matchLabels:{string} matchExpressions:[Requirement]
Requirement = key:!string operator:!string values:[string]
LocalReference = name:string
Resources = limits:{quantity} requests:{quantity}
Toleration = key:string operator:string value:string effect:string tolerationSeconds:*int64
DeploymentStrategy = type:string rollingUpdate:*RollingUpdate
RollingUpdate = maxUnavailable:*intstr maxSurge:*intstr
Affinity = nodeAffinity:*NodeAffinity podAffinity:*PodAffinity podAntiAffinity:*PodAffinity
NodeAffinity = requiredDuringSchedulingIgnoredDuringExecution:*NodeSelector
  preferredDuringSchedulingIgnoredDuringExecution:[PreferredNodeTerm]
NodeSelector = nodeSelectorTerms:![NodeTerm]
NodeTerm = matchExpressions:[Requirement] matchFields:[Requirement]
PreferredNodeTerm = weight:!int32 preference:!NodeTerm
PodAffinity = requiredDuringSchedulingIgnoredDuringExecution:[PodTerm]
  preferredDuringSchedulingIgnoredDuringExecution:[PreferredPodTerm]
PodTerm = labelSelector:*LabelSelector namespaces:[string] topologyKey:!string
PreferredPodTerm = weight:!int32 podAffinityTerm:!PodTerm
ServiceSpec = ports:[ServicePort] selector:{string} clusterIP:string type:string
  externalIPs:[string] sessionAffinity:string loadBalancerIP:string
  loadBalancerSourceRanges:[string] externalName:string externalTrafficPolicy:string
  healthCheckNodePort:int32 publishNotReadyAddresses:bool
  sessionAffinityConfig:*SessionAffinityConfig ipFamily:*string topologyKeys:[string]
ServicePort = name:string protocol:string appProtocol:*string port:!int32 targetPort:!intstr
  nodePort:int32
SessionAffinityConfig = clientIP:*ClientIP
ClientIP = timeoutSeconds:*int32
VolumeMount = name:!string readOnly:bool mountPath:!string subPath:string
  mountPropagation:*string subPathExpr:string
ConfigMapVolume = name:string items:[KeyToPath] defaultMode:*int32 optional:*bool
SecretVolume = secretName:string items:[KeyToPath] defaultMode:*int32 optional:*bool
KeyToPath = key:!string path:!string mode:*int32
)";

}  // namespace mesh::smcp
