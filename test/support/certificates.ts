const pem = (label: string, der: string): string => `-----BEGIN ${label}-----\n${der}\n-----END ${label}-----\n`;

/** A certificate authority of the tests' own, which nobody else trusts. Valid for 100 years. */
export const authority = pem(
  'CERTIFICATE',
  'MIIBijCCAS+gAwIBAgIURVYzzRC5mf1PfjtEFLinvCIjhZ0wCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI0MDgzMDMyWhgPMjEyNjEwMzEwODMwMzJaMBkxFzAVBgNVBAMMDnRlc3QgYXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEoMl1nW5RXV1+hJp8+xZ5jSG9/c++94qJLXb7LQ/wZSOtGuy9HmO9IzagW/G9wj30IuoSxtV4hBSAqcm4X6scAaNTMFEwHQYDVR0OBBYEFFmbvM/x6fb8ZKozWAo8+dNbA/qfMB8GA1UdIwQYMBaAFFmbvM/x6fb8ZKozWAo8+dNbA/qfMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAIuSp2Ca4lIGAW3w5goMipf6W5F7K7a7asQ/1nEIAlXeAiEAuOe6NhHnSkUdMdQVVcvAoH/chfG3JXvWv7aRvyvfnNw=',
);

/** A certificate of that authority for localhost and 127.0.0.1, and its key. */
export const serverCertificate = {
  cert: pem(
    'CERTIFICATE',
    'MIIBmjCCAUCgAwIBAgIUP+H5YQmjZtllj8+reyUP5/29DfswCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkwIBcNMjYxMTI0MDgzMDMyWhgPMjEyNjEwMzEwODMwMzJaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPpLEBbExPNuHKRFgm1yXFi0U689C0V1gOP66D5hv7M8oYrEnP+U/PoSpS2eF49Y2763k0POyK7OlGjWdAaLc+2jaTBnMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAJBgNVHRMEAjAAMB0GA1UdDgQWBBTOMbJTvP3dSPLV0WxK8+MMYxkveDAfBgNVHSMEGDAWgBRZm7zP8en2/GSqM1gKPPnTWwP6nzAKBggqhkjOPQQDAgNIADBFAiBqLo6G24eCnyeo37g1WKIJVL7klChdvvQAYg+1ComZ7AIhANeLwiOR9Hgf2cJsxkwF63MgXsh8bxVznnn5TMFHEZH/',
  ),
  key: pem(
    'PRIVATE KEY',
    'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgfbiqBE1h7nV8HWf9pYKAk4id85+udmlsj/gDss+BkFqhRANCAAT6SxAWxMTzbhykRYJtclxYtFOvPQtFdYDj+ug+Yb+zPKGKxJz/lPz6EqUtnhePWNu+t5NDzsiuzpRo1nQGi3Pt',
  ),
} as const;
