//! A certificate authority for tests: a root, an intermediate issuer, and the certificates that it issues.

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, TrustAnchor};
use webpki::anchor_from_trusted_cert;

use super::fake_hosts::{FakeHosts, Response};
use crate::keys::Keys;
use crate::keys::x509::pem;

/// The URL of the issuer's certificate.
pub(in crate::keys) const ISSUER: &str = "http://crt.r2m01.amazontrust.com/r2m01.cer";

pub(in crate::keys) struct Pki {
    root: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    issuer_der: CertificateDer<'static>,
}

/// What a certificate says.
#[derive(Clone)]
pub(in crate::keys) struct Template {
    pub(in crate::keys) names: Vec<&'static str>,
    pub(in crate::keys) common_name: &'static str,
    /// The years in which it is valid, from January 1st to January 1st.
    pub(in crate::keys) years: (i32, i32),
    pub(in crate::keys) issuer_url: Option<&'static str>,
}

impl Template {
    pub(in crate::keys) fn of(name: &'static str) -> Self {
        let (names, issuer_url) = (vec![name], Some(ISSUER));
        Self { names, common_name: name, years: (2026, 2027), issuer_url }
    }

    fn params(&self) -> CertificateParams {
        let names: Vec<String> = self.names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name.push(DnType::CommonName, self.common_name);
        params.not_before = date_time_ymd(self.years.0, 1, 1);
        params.not_after = date_time_ymd(self.years.1, 1, 1);
        params.custom_extensions.extend(self.issuer_url.map(authority_information));
        params
    }

    /// A self-signed certificate.
    pub(in crate::keys) fn self_signed(&self) -> CertificateDer<'static> {
        self.params().self_signed(&KeyPair::generate().unwrap()).unwrap().into()
    }
}

impl Pki {
    pub(in crate::keys) fn new() -> Self {
        let (root_params, root_key) = (authority("root"), KeyPair::generate().unwrap());
        let root = root_params.self_signed(&root_key).unwrap().into();
        let root_issuer = Issuer::new(root_params, root_key);
        let (params, key) = (authority("issuer"), KeyPair::generate().unwrap());
        let issuer_der = params.signed_by(&key, &root_issuer).unwrap().into();
        Self { root, issuer: Issuer::new(params, key), issuer_der }
    }

    pub(in crate::keys) fn roots(&self) -> Vec<TrustAnchor<'static>> {
        vec![anchor_from_trusted_cert(&self.root).unwrap().to_owned()]
    }

    pub(in crate::keys) fn issue(&self, template: &Template) -> CertificateDer<'static> {
        template.params().signed_by(&KeyPair::generate().unwrap(), &self.issuer).unwrap().into()
    }

    pub(in crate::keys) fn issuer(&self) -> CertificateDer<'static> {
        self.issuer_der.clone()
    }

    /// [`Keys`] that trust this authority's root.
    pub(in crate::keys) fn keys(&self, hosts: FakeHosts) -> Keys<FakeHosts> {
        Keys::with_roots(hosts, self.roots())
    }
}

/// A PEM file with these certificates, as a host's response.
pub(in crate::keys) fn pem_file(certificates: &[&CertificateDer<'_>]) -> Response {
    Response::Body(certificates.iter().map(|der| pem(der)).collect::<String>().into_bytes())
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// `SEQUENCE { SEQUENCE { caIssuers, [6] address } }`, short lengths only.
fn authority_information(address: &str) -> CustomExtension {
    let sized = |tag: u8, of: Vec<u8>| [vec![tag, u8::try_from(of.len()).unwrap()], of].concat();
    let ca_issuers = vec![0x06, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 2];
    let description = sized(0x30, [ca_issuers, sized(0x86, address.into())].concat());
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], sized(0x30, description))
}
